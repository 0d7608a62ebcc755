/** A document by its link, without a meeting. */

import { computed, signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { DocumentSession } from "../client/document_session";
import { linkClaims } from "../client/link_session";
import { LinkPage, type LinkPageProps } from "../share/link_page";
import type { DocumentHost } from "./document_model";
import { type DocumentRole, readRole } from "./document_requests";
import { DocumentView } from "./document_view";
import { rightsOf } from "./rights";
import "./documents.css";

const EVERYTHING = { edit_documents: true, comment: true };

export function DocumentPage(props: LinkPageProps): JSX.Element {
  const host = useSignal<DocumentHost | null>(null);
  const ended = useSignal<number | null>(null);
  const token = props.token ?? "";
  const enter = (name: string) => {
    const session = DocumentSession.connect({ token, name, doc: props.id });
    session.on("closed", ({ code }) => {
      ended.value = code;
    });
    host.value = hostOf(session, (linkClaims(token).role as DocumentRole | undefined) ?? null);
  };
  return (
    <LinkPage {...props} kind="document" ended={ended.value} onEnter={enter}>
      {host.value && <DocumentView host={host.value} />}
    </LinkPage>
  );
}

function hostOf(session: DocumentSession, linked: DocumentRole | null): DocumentHost {
  const title = signal("");
  const self = signal({ identity: "", name: "" });
  const role = signal(linked);
  const know = () => {
    title.value = session.title || title.peek();
    document.title = title.peek() === "" ? "Sfumato" : `${title.peek()} – Sfumato`;
    const { me } = session;
    if (me && me.identity !== self.peek().identity) self.value = { identity: me.identity, name: me.name };
  };
  session.on("changed", know);
  know();
  readRole(session.document).then(
    (told) => {
      role.value = told.role ?? linked;
      title.value = title.peek() || (told.title ?? "");
    },
    () => {},
  );
  return {
    shared: session.document,
    title,
    self,
    people: signal([]),
    rights: computed(() => rightsOf(EVERYTHING, role.value)),
    rename: () => Promise.reject(new Error("a link renames nothing")),
    close: null,
  };
}
