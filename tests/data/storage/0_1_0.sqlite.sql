CREATE TABLE access (
	topic TEXT NOT NULL,
	identity TEXT NOT NULL,
	role TEXT NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT pk_access PRIMARY KEY (topic, identity),
	CONSTRAINT fk_access_topic FOREIGN KEY(topic) REFERENCES topics (id) ON DELETE CASCADE
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE audit (
	id INTEGER NOT NULL,
	at BIGINT NOT NULL,
	room TEXT NOT NULL,
	action TEXT NOT NULL,
	"by" TEXT NOT NULL,
	by_participant TEXT NOT NULL,
	target TEXT NOT NULL,
	target_participant TEXT NOT NULL,
	outcome TEXT NOT NULL,
	detail TEXT NOT NULL,
	left_out INTEGER NOT NULL,
	CONSTRAINT pk_audit PRIMARY KEY (id)
);
CREATE TABLE bans (
	room TEXT NOT NULL,
	identity TEXT NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT pk_bans PRIMARY KEY (room, identity),
	CONSTRAINT fk_bans_room FOREIGN KEY(room) REFERENCES rooms (name) ON DELETE CASCADE
);
CREATE TABLE board_changes (
	topic TEXT NOT NULL,
	version BIGINT NOT NULL,
	identity TEXT NOT NULL,
	name TEXT NOT NULL,
	at BIGINT NOT NULL,
	client TEXT NOT NULL,
	seq BIGINT NOT NULL,
	body TEXT NOT NULL,
	CONSTRAINT pk_board_changes PRIMARY KEY (topic, version),
	CONSTRAINT fk_board_changes_topic FOREIGN KEY(topic) REFERENCES boards (id) ON DELETE CASCADE
);
CREATE TABLE board_snapshots (
	topic TEXT NOT NULL,
	version BIGINT NOT NULL,
	body TEXT NOT NULL,
	CONSTRAINT pk_board_snapshots PRIMARY KEY (topic, version),
	CONSTRAINT fk_board_snapshots_topic FOREIGN KEY(topic) REFERENCES boards (id) ON DELETE CASCADE
);
CREATE TABLE boards (
	id TEXT NOT NULL,
	room TEXT NOT NULL,
	title TEXT NOT NULL,
	owner TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	CONSTRAINT pk_boards PRIMARY KEY (id),
	CONSTRAINT fk_boards_id FOREIGN KEY(id) REFERENCES topics (id) ON DELETE CASCADE
);
CREATE TABLE chat_messages (
	topic TEXT NOT NULL,
	version BIGINT NOT NULL,
	id TEXT NOT NULL,
	identity TEXT NOT NULL,
	name TEXT NOT NULL,
	at BIGINT NOT NULL,
	client TEXT NOT NULL,
	seq BIGINT NOT NULL,
	text TEXT NOT NULL,
	to_identity TEXT,
	CONSTRAINT pk_chat_messages PRIMARY KEY (topic, version),
	CONSTRAINT fk_chat_messages_topic FOREIGN KEY(topic) REFERENCES topics (id) ON DELETE CASCADE
);
CREATE TABLE comments (
	id TEXT NOT NULL,
	topic TEXT NOT NULL,
	thread TEXT NOT NULL,
	identity TEXT NOT NULL,
	name TEXT NOT NULL,
	text TEXT NOT NULL,
	anchor TEXT NOT NULL,
	quote TEXT NOT NULL,
	state TEXT NOT NULL,
	at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	CONSTRAINT pk_comments PRIMARY KEY (id),
	CONSTRAINT fk_comments_topic FOREIGN KEY(topic) REFERENCES documents (id) ON DELETE CASCADE
);
CREATE TABLE document_changes (
	topic TEXT NOT NULL,
	version BIGINT NOT NULL,
	identity TEXT NOT NULL,
	name TEXT NOT NULL,
	at BIGINT NOT NULL,
	client TEXT NOT NULL,
	seq BIGINT NOT NULL,
	body TEXT NOT NULL,
	CONSTRAINT pk_document_changes PRIMARY KEY (topic, version),
	CONSTRAINT fk_document_changes_topic FOREIGN KEY(topic) REFERENCES documents (id) ON DELETE CASCADE
);
CREATE TABLE document_snapshots (
	topic TEXT NOT NULL,
	version BIGINT NOT NULL,
	body TEXT NOT NULL,
	CONSTRAINT pk_document_snapshots PRIMARY KEY (topic, version),
	CONSTRAINT fk_document_snapshots_topic FOREIGN KEY(topic) REFERENCES documents (id) ON DELETE CASCADE
);
CREATE TABLE documents (
	id TEXT NOT NULL,
	room TEXT NOT NULL,
	title TEXT NOT NULL,
	owner TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	CONSTRAINT pk_documents PRIMARY KEY (id),
	CONSTRAINT fk_documents_id FOREIGN KEY(id) REFERENCES topics (id) ON DELETE CASCADE
);
CREATE TABLE receipts (
	topic TEXT NOT NULL,
	identity TEXT NOT NULL,
	client TEXT NOT NULL,
	seq BIGINT NOT NULL,
	version BIGINT NOT NULL,
	made TEXT NOT NULL,
	CONSTRAINT pk_receipts PRIMARY KEY (topic, identity, client, seq),
	CONSTRAINT fk_receipts_topic FOREIGN KEY(topic) REFERENCES topics (id) ON DELETE CASCADE
)
 WITHOUT ROWID;
CREATE TABLE reviews (
	id TEXT NOT NULL,
	topic TEXT NOT NULL,
	reviewer TEXT NOT NULL,
	requested_by TEXT NOT NULL,
	requested_by_name TEXT NOT NULL,
	status TEXT NOT NULL,
	note TEXT NOT NULL,
	deadline_at BIGINT,
	version BIGINT NOT NULL,
	at BIGINT NOT NULL,
	completed_at BIGINT,
	CONSTRAINT pk_reviews PRIMARY KEY (id),
	CONSTRAINT fk_reviews_topic FOREIGN KEY(topic) REFERENCES documents (id) ON DELETE CASCADE
);
CREATE TABLE rooms (
	name TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	CONSTRAINT pk_rooms PRIMARY KEY (name)
);
CREATE TABLE session_participants (
	session CHAR(32) NOT NULL,
	identity TEXT NOT NULL,
	name TEXT NOT NULL,
	role TEXT NOT NULL,
	joined_at BIGINT NOT NULL,
	last_active_at BIGINT NOT NULL,
	CONSTRAINT pk_session_participants PRIMARY KEY (session, identity),
	CONSTRAINT fk_session_participants_identity FOREIGN KEY(identity) REFERENCES users (identity),
	CONSTRAINT fk_session_participants_session FOREIGN KEY(session) REFERENCES sessions (id) ON DELETE CASCADE
);
CREATE TABLE session_topics (
	session CHAR(32) NOT NULL,
	topic TEXT NOT NULL,
	CONSTRAINT pk_session_topics PRIMARY KEY (session, topic),
	CONSTRAINT fk_session_topics_session FOREIGN KEY(session) REFERENCES sessions (id) ON DELETE CASCADE,
	CONSTRAINT fk_session_topics_topic FOREIGN KEY(topic) REFERENCES topics (id) ON DELETE CASCADE
);
CREATE TABLE sessions (
	id CHAR(32) NOT NULL,
	room TEXT NOT NULL,
	meeting TEXT NOT NULL,
	node TEXT NOT NULL,
	status TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	ended_at BIGINT,
	max_participants INTEGER NOT NULL,
	peak_participants INTEGER NOT NULL,
	CONSTRAINT pk_sessions PRIMARY KEY (id),
	CONSTRAINT fk_sessions_room FOREIGN KEY(room) REFERENCES rooms (name) ON DELETE CASCADE
);
CREATE TABLE share_links (
	id TEXT NOT NULL,
	topic TEXT NOT NULL,
	role TEXT NOT NULL,
	made_by TEXT NOT NULL,
	at BIGINT NOT NULL,
	expires_at BIGINT,
	CONSTRAINT pk_share_links PRIMARY KEY (id),
	CONSTRAINT fk_share_links_topic FOREIGN KEY(topic) REFERENCES topics (id) ON DELETE CASCADE
);
CREATE TABLE store (
	id INTEGER NOT NULL,
	epoch TEXT NOT NULL,
	CONSTRAINT pk_store PRIMARY KEY (id)
);
CREATE TABLE topics (
	id TEXT NOT NULL,
	version BIGINT NOT NULL,
	CONSTRAINT pk_topics PRIMARY KEY (id)
);
CREATE TABLE users (
	identity TEXT NOT NULL,
	name TEXT NOT NULL,
	seen_at BIGINT NOT NULL,
	CONSTRAINT pk_users PRIMARY KEY (identity)
);
CREATE INDEX ix_audit_room_id ON audit (room, id);
CREATE INDEX ix_boards_room_id ON boards (room, id);
CREATE INDEX ix_documents_room_id ON documents (room, id);
CREATE INDEX ix_sessions_node_status ON sessions (node, status);
CREATE INDEX ix_sessions_room_created_at_id ON sessions (room, created_at, id);
CREATE INDEX ix_share_links_topic ON share_links (topic);
CREATE INDEX ix_comments_topic_at_id ON comments (topic, at, id);
CREATE INDEX ix_reviews_topic_at_id ON reviews (topic, at, id);
CREATE INDEX ix_session_topics_topic ON session_topics (topic);
INSERT INTO "topics" VALUES('chat:daily',1);
INSERT INTO "alembic_version" VALUES('0001');
INSERT INTO "chat_messages" VALUES('chat:daily',1,'m1','anna','Anna',1001,'c',1,'text 1',NULL);
INSERT INTO "receipts" VALUES('chat:daily','anna','c',1,1,'m1');
INSERT INTO "store" VALUES(1,'0123456789abcdef');
