CREATE TABLE public.access (
    topic text NOT NULL,
    identity text NOT NULL,
    role text NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.audit (
    id bigint NOT NULL,
    at bigint NOT NULL,
    room text NOT NULL,
    action text NOT NULL,
    by text NOT NULL,
    by_participant text NOT NULL,
    target text NOT NULL,
    target_participant text NOT NULL,
    outcome text NOT NULL,
    detail text NOT NULL,
    left_out integer NOT NULL
);
CREATE SEQUENCE public.audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.audit_id_seq OWNED BY public.audit.id;
CREATE TABLE public.bans (
    room text NOT NULL,
    identity text NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE public.board_changes (
    topic text NOT NULL,
    version bigint NOT NULL,
    identity text NOT NULL,
    name text NOT NULL,
    at bigint NOT NULL,
    client text NOT NULL,
    seq bigint NOT NULL,
    body text NOT NULL
);
CREATE TABLE public.board_snapshots (
    topic text NOT NULL,
    version bigint NOT NULL,
    body text NOT NULL
);
CREATE TABLE public.boards (
    id text NOT NULL,
    room text NOT NULL,
    title text NOT NULL,
    owner text NOT NULL,
    created_at bigint NOT NULL
);
CREATE TABLE public.chat_messages (
    topic text NOT NULL,
    version bigint NOT NULL,
    id text NOT NULL,
    identity text NOT NULL,
    name text NOT NULL,
    at bigint NOT NULL,
    client text NOT NULL,
    seq bigint NOT NULL,
    text text NOT NULL,
    to_identity text
);
CREATE TABLE public.comments (
    id text NOT NULL,
    topic text NOT NULL,
    thread text NOT NULL,
    identity text NOT NULL,
    name text NOT NULL,
    text text NOT NULL,
    anchor text NOT NULL,
    quote text NOT NULL,
    state text NOT NULL,
    at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE TABLE public.document_changes (
    topic text NOT NULL,
    version bigint NOT NULL,
    identity text NOT NULL,
    name text NOT NULL,
    at bigint NOT NULL,
    client text NOT NULL,
    seq bigint NOT NULL,
    body text NOT NULL
);
CREATE TABLE public.document_snapshots (
    topic text NOT NULL,
    version bigint NOT NULL,
    body text NOT NULL
);
CREATE TABLE public.documents (
    id text NOT NULL,
    room text NOT NULL,
    title text NOT NULL,
    owner text NOT NULL,
    created_at bigint NOT NULL
);
CREATE TABLE public.receipts (
    topic text NOT NULL,
    identity text NOT NULL,
    client text NOT NULL,
    seq bigint NOT NULL,
    version bigint NOT NULL,
    made text NOT NULL
);
CREATE TABLE public.reviews (
    id text NOT NULL,
    topic text NOT NULL,
    reviewer text NOT NULL,
    requested_by text NOT NULL,
    requested_by_name text NOT NULL,
    status text NOT NULL,
    note text NOT NULL,
    deadline_at bigint,
    version bigint NOT NULL,
    at bigint NOT NULL,
    completed_at bigint
);
CREATE TABLE public.rooms (
    name text NOT NULL,
    created_at bigint NOT NULL
);
CREATE TABLE public.session_participants (
    session uuid NOT NULL,
    identity text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    joined_at bigint NOT NULL,
    last_active_at bigint NOT NULL
);
CREATE TABLE public.session_topics (
    session uuid NOT NULL,
    topic text NOT NULL
);
CREATE TABLE public.sessions (
    id uuid NOT NULL,
    room text NOT NULL,
    meeting text NOT NULL,
    node text NOT NULL,
    status text NOT NULL,
    created_at bigint NOT NULL,
    ended_at bigint,
    max_participants integer NOT NULL,
    peak_participants integer NOT NULL
);
CREATE TABLE public.share_links (
    id text NOT NULL,
    topic text NOT NULL,
    role text NOT NULL,
    made_by text NOT NULL,
    at bigint NOT NULL,
    expires_at bigint
);
CREATE TABLE public.store (
    id integer NOT NULL,
    epoch text NOT NULL
);
CREATE TABLE public.topics (
    id text NOT NULL,
    version bigint NOT NULL
);
CREATE TABLE public.users (
    identity text NOT NULL,
    name text NOT NULL,
    seen_at bigint NOT NULL
);
ALTER TABLE ONLY public.audit ALTER COLUMN id SET DEFAULT nextval('public.audit_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0001');
INSERT INTO public.chat_messages VALUES ('chat:daily', 1, 'm1', 'anna', 'Anna', 1001, 'c', 1, 'text 1', NULL);
INSERT INTO public.receipts VALUES ('chat:daily', 'anna', 'c', 1, 1, 'm1');
INSERT INTO public.store VALUES (1, '0123456789abcdef');
INSERT INTO public.topics VALUES ('chat:daily', 1);
SELECT pg_catalog.setval('public.audit_id_seq', 1, false);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.access
    ADD CONSTRAINT pk_access PRIMARY KEY (topic, identity);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT pk_audit PRIMARY KEY (id);
ALTER TABLE ONLY public.bans
    ADD CONSTRAINT pk_bans PRIMARY KEY (room, identity);
ALTER TABLE ONLY public.board_changes
    ADD CONSTRAINT pk_board_changes PRIMARY KEY (topic, version);
ALTER TABLE ONLY public.board_snapshots
    ADD CONSTRAINT pk_board_snapshots PRIMARY KEY (topic, version);
ALTER TABLE ONLY public.boards
    ADD CONSTRAINT pk_boards PRIMARY KEY (id);
ALTER TABLE ONLY public.chat_messages
    ADD CONSTRAINT pk_chat_messages PRIMARY KEY (topic, version);
ALTER TABLE ONLY public.comments
    ADD CONSTRAINT pk_comments PRIMARY KEY (id);
ALTER TABLE ONLY public.document_changes
    ADD CONSTRAINT pk_document_changes PRIMARY KEY (topic, version);
ALTER TABLE ONLY public.document_snapshots
    ADD CONSTRAINT pk_document_snapshots PRIMARY KEY (topic, version);
ALTER TABLE ONLY public.documents
    ADD CONSTRAINT pk_documents PRIMARY KEY (id);
ALTER TABLE ONLY public.receipts
    ADD CONSTRAINT pk_receipts PRIMARY KEY (topic, identity, client, seq);
ALTER TABLE ONLY public.reviews
    ADD CONSTRAINT pk_reviews PRIMARY KEY (id);
ALTER TABLE ONLY public.rooms
    ADD CONSTRAINT pk_rooms PRIMARY KEY (name);
ALTER TABLE ONLY public.session_participants
    ADD CONSTRAINT pk_session_participants PRIMARY KEY (session, identity);
ALTER TABLE ONLY public.session_topics
    ADD CONSTRAINT pk_session_topics PRIMARY KEY (session, topic);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT pk_sessions PRIMARY KEY (id);
ALTER TABLE ONLY public.share_links
    ADD CONSTRAINT pk_share_links PRIMARY KEY (id);
ALTER TABLE ONLY public.store
    ADD CONSTRAINT pk_store PRIMARY KEY (id);
ALTER TABLE ONLY public.topics
    ADD CONSTRAINT pk_topics PRIMARY KEY (id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT pk_users PRIMARY KEY (identity);
CREATE INDEX ix_audit_room_id ON public.audit USING btree (room, id);
CREATE INDEX ix_boards_room_id ON public.boards USING btree (room, id);
CREATE INDEX ix_comments_topic_at_id ON public.comments USING btree (topic, at, id);
CREATE INDEX ix_documents_room_id ON public.documents USING btree (room, id);
CREATE INDEX ix_reviews_topic_at_id ON public.reviews USING btree (topic, at, id);
CREATE INDEX ix_session_topics_topic ON public.session_topics USING btree (topic);
CREATE INDEX ix_sessions_node_status ON public.sessions USING btree (node, status);
CREATE INDEX ix_sessions_room_created_at_id ON public.sessions USING btree (room, created_at, id);
CREATE INDEX ix_share_links_topic ON public.share_links USING btree (topic);
ALTER TABLE ONLY public.access
    ADD CONSTRAINT fk_access_topic FOREIGN KEY (topic) REFERENCES public.topics(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.bans
    ADD CONSTRAINT fk_bans_room FOREIGN KEY (room) REFERENCES public.rooms(name) ON DELETE CASCADE;
ALTER TABLE ONLY public.board_changes
    ADD CONSTRAINT fk_board_changes_topic FOREIGN KEY (topic) REFERENCES public.boards(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.board_snapshots
    ADD CONSTRAINT fk_board_snapshots_topic FOREIGN KEY (topic) REFERENCES public.boards(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.boards
    ADD CONSTRAINT fk_boards_id FOREIGN KEY (id) REFERENCES public.topics(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.chat_messages
    ADD CONSTRAINT fk_chat_messages_topic FOREIGN KEY (topic) REFERENCES public.topics(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.comments
    ADD CONSTRAINT fk_comments_topic FOREIGN KEY (topic) REFERENCES public.documents(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.document_changes
    ADD CONSTRAINT fk_document_changes_topic FOREIGN KEY (topic) REFERENCES public.documents(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.document_snapshots
    ADD CONSTRAINT fk_document_snapshots_topic FOREIGN KEY (topic) REFERENCES public.documents(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.documents
    ADD CONSTRAINT fk_documents_id FOREIGN KEY (id) REFERENCES public.topics(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.receipts
    ADD CONSTRAINT fk_receipts_topic FOREIGN KEY (topic) REFERENCES public.topics(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.reviews
    ADD CONSTRAINT fk_reviews_topic FOREIGN KEY (topic) REFERENCES public.documents(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.session_participants
    ADD CONSTRAINT fk_session_participants_identity FOREIGN KEY (identity) REFERENCES public.users(identity);
ALTER TABLE ONLY public.session_participants
    ADD CONSTRAINT fk_session_participants_session FOREIGN KEY (session) REFERENCES public.sessions(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.session_topics
    ADD CONSTRAINT fk_session_topics_session FOREIGN KEY (session) REFERENCES public.sessions(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.session_topics
    ADD CONSTRAINT fk_session_topics_topic FOREIGN KEY (topic) REFERENCES public.topics(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT fk_sessions_room FOREIGN KEY (room) REFERENCES public.rooms(name) ON DELETE CASCADE;
ALTER TABLE ONLY public.share_links
    ADD CONSTRAINT fk_share_links_topic FOREIGN KEY (topic) REFERENCES public.topics(id) ON DELETE CASCADE;
