/** The page of a share link: asks for a name, then shows what was shared, and at last why it is over. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { NameField } from "../room/name_field";
import { PageHead } from "../room/page_head";
import type { Remembered } from "../room/remembered";
import { endingOf } from "../room/words";
import type { Shareable } from "./share_links";
import "./share.css";

/** What the address of a link says. */
export interface LinkPageProps {
  id: string;
  /** Null where the address has none. */
  token: string | null;
  /** Null: asked for. */
  name: string | null;
  remembered: Remembered;
}

interface Ending {
  title: string;
  text: string;
}

interface Props extends LinkPageProps {
  kind: Shareable["kind"];
  /** Called once. */
  onEnter: (name: string) => void;
  /** The code with which the session closed; null while it has not. */
  ended: number | null;
  /** What was shared; null before it is entered. */
  children: ComponentChildren;
}

// PROTOCOL: bad token, not allowed.
const NOT_GOOD = [4401, 4403];

export function LinkPage(props: Props): JSX.Element {
  const { kind, token, name, remembered, onEnter, children } = props;
  useEffect(() => {
    if (name !== null && token !== null) onEnter(name);
  }, []);
  const ending = token === null ? noToken(kind) : props.ended === null ? null : endingWords(props.ended);
  if (ending) {
    return (
      <div class="page">
        <PageHead remembered={remembered} />
        <main class="page-body">
          <div class="card">
            <h1>{ending.title}</h1>
            <p>{ending.text}</p>
          </div>
        </main>
      </div>
    );
  }
  if (children) return <main class="share-page">{children}</main>;
  return (
    <NameCard
      kind={kind}
      remembered={remembered}
      onEnter={(typed) => {
        remembered.name = typed;
        onEnter(typed);
      }}
    />
  );
}

function NameCard(props: {
  kind: Shareable["kind"];
  remembered: Remembered;
  onEnter: (name: string) => void;
}): JSX.Element {
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
          <h1>You were sent a {props.kind}</h1>
          <p>Others who have it open see your name.</p>
          <NameField name={typed} input={input} />
          <button type="submit" class="button primary">
            Open the {props.kind}
          </button>
        </form>
      </main>
    </div>
  );
}

function noToken(kind: Shareable["kind"]): Ending {
  return { title: "This address is not complete", text: `Ask for the link of the ${kind} again.` };
}

function endingWords(code: number): Ending {
  if (!NOT_GOOD.includes(code)) return endingOf(code);
  return {
    title: "This link does not work",
    text: "It may have expired, or been taken back. Ask for a new one.",
  };
}
