/** A document by its link, without a meeting. */

import { computed, signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { DocumentSession } from "../client/document_session";
import { PageHead } from "../room/page_head";
import type { Remembered } from "../room/remembered";
import { endingOf } from "../room/words";
import type { DocumentHost } from "./document_model";
import { type DocumentRole, readRole } from "./document_requests";
import { DocumentView } from "./document_view";
import { rightsOf } from "./rights";
import "./documents.css";

export interface SharePageProps {
  document: string;
  /** Of the link; null where the address has none. */
  token: string | null;
  /** Null: asked for. */
  name: string | null;
  remembered: Remembered;
}

const NAME_LENGTH = 60;
const EVERYTHING = { edit_documents: true, comment: true };

export function SharePage(props: SharePageProps): JSX.Element {
  const { document: id, token, remembered } = props;
  const host = useSignal<DocumentHost | null>(null);
  const ending = useSignal<{ title: string; text: string } | null>(
    token === null
      ? { title: "This address is not complete", text: "Ask for the link of the document again." }
      : null,
  );
  const enter = (name: string) => {
    remembered.name = name;
    const session = DocumentSession.connect({ token: token ?? "", name, doc: id });
    session.on("closed", ({ code }) => {
      ending.value =
        code === 4403 || code === 4401
          ? {
              title: "This link does not work",
              text: "It may have expired, or been taken back. Ask for a new one.",
            }
          : endingOf(code);
    });
    host.value = hostOf(session, roleOf(token ?? ""));
  };
  useEffect(() => {
    if (props.name !== null && ending.peek() === null) enter(props.name);
  }, []);
  if (ending.value) {
    return (
      <div class="page">
        <PageHead remembered={remembered} />
        <main class="page-body">
          <div class="card">
            <h1>{ending.value.title}</h1>
            <p>{ending.value.text}</p>
          </div>
        </main>
      </div>
    );
  }
  if (host.value) {
    return (
      <main class="share-page">
        <DocumentView host={host.value} />
      </main>
    );
  }
  return <NameCard remembered={remembered} onEnter={enter} />;
}

function NameCard(props: { remembered: Remembered; onEnter: (name: string) => void }): JSX.Element {
  const typed = useSignal(props.remembered.name);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.select(), []);
  return (
    <div class="page">
      <PageHead remembered={props.remembered} />
      <main class="page-body">
        <form
          class="card"
          onSubmit={(event) => {
            event.preventDefault();
            const name = typed.peek().trim();
            if (name !== "") props.onEnter(name);
          }}
        >
          <h1>You were sent a document</h1>
          <p>Others who have it open see your name.</p>
          <div class="field">
            <label for="name">Your name</label>
            <input
              id="name"
              class="input"
              ref={input}
              value={typed.value}
              required
              maxLength={NAME_LENGTH}
              autocomplete="name"
              onInput={(event) => {
                typed.value = event.currentTarget.value;
              }}
            />
          </div>
          <button type="submit" class="button primary">
            Open the document
          </button>
        </form>
      </main>
    </div>
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

/** What a link's token says that one may. */
function roleOf(token: string): DocumentRole | null {
  try {
    // RFC 7515 §2: base64url, which `atob` does not know.
    const claims = atob((token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"));
    const { role } = JSON.parse(claims) as { role?: DocumentRole };
    return role ?? null;
  } catch {
    return null;
  }
}
