/** Links that open a document or board without the meeting. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Dialog } from "../room/dialog";
import { copyText } from "../room/invitation";
import { codeOf } from "../topics/attempt";
import { Problem } from "../topics/problem";
import {
  type LinkRole,
  makeLink,
  readLinks,
  revokeLink,
  type Shareable,
  type ShareLink,
} from "./share_links";
import "./share.css";

const ROLES: Record<Shareable["kind"], Partial<Record<LinkRole, string>>> = {
  document: { editor: "Can write", commenter: "Can comment", viewer: "Can read" },
  board: { editor: "Can draw", viewer: "Can look" },
};

const SPANS = [
  { words: "1 day", days: 1 },
  { words: "7 days", days: 7 },
  { words: "30 days", days: 30 },
  { words: "1 year", days: 365 },
] as const;

export function ShareDialog({ shared, onClose }: { shared: Shareable; onClose: () => void }): JSX.Element {
  const roles = ROLES[shared.kind];
  const role = useSignal<LinkRole>("editor");
  const span = useSignal<number>(7);
  const made = useSignal("");
  const copied = useSignal(false);
  const links = useSignal<readonly ShareLink[]>([]);
  const problem = useSignal("");
  const attempt = async (act: () => Promise<void>) => {
    problem.value = "";
    try {
      await act();
    } catch (error) {
      problem.value = problemWords(codeOf(error));
    }
  };
  const list = async () => {
    links.value = await readLinks(shared, Date.now());
  };
  useEffect(() => void attempt(list), []);
  const make = () =>
    attempt(async () => {
      made.value = await makeLink(shared, role.peek(), span.peek());
      copied.value = await copyText(made.peek());
      await list();
    });
  return (
    <Dialog title={`Share this ${shared.kind}`} onClose={onClose}>
      <div class="stack share">
        <p class="muted">Whoever has the link opens this {shared.kind} alone, without the meeting.</p>
        <div class="row">
          <label class="field">
            <span class="label">People with the link</span>
            <select
              class="select"
              value={role.value}
              onChange={(event) => {
                role.value = event.currentTarget.value as LinkRole;
              }}
            >
              {(Object.keys(roles) as LinkRole[]).map((one) => (
                <option key={one} value={one}>
                  {roles[one]}
                </option>
              ))}
            </select>
          </label>
          <label class="field">
            <span class="label">Works for</span>
            <select
              class="select"
              value={String(span.value)}
              onChange={(event) => {
                span.value = Number(event.currentTarget.value);
              }}
            >
              {SPANS.map(({ words, days }) => (
                <option key={days} value={String(days)}>
                  {words}
                </option>
              ))}
            </select>
          </label>
        </div>
        <button type="button" class="button primary" onClick={() => void make()}>
          Make a link
        </button>
        {made.value !== "" && (
          <div class="field">
            <label for="share-address">
              {copied.value ? "Copied. The link:" : "Copy this link and send it"}
            </label>
            <div class="row">
              <input
                id="share-address"
                class="input"
                readOnly
                value={made.value}
                onFocus={(event) => event.currentTarget.select()}
              />
              <button
                type="button"
                class="button"
                onClick={() =>
                  void copyText(made.peek()).then((done) => {
                    copied.value = done;
                  })
                }
              >
                Copy
              </button>
            </div>
          </div>
        )}
        <Problem words={problem.value} />
        {links.value.length > 0 && (
          <section aria-label="Links that work">
            <h3>Links that work</h3>
            <ul class="links">
              {links.value.map(({ id, role: may, expiresAt }) => (
                <li key={id}>
                  <span>
                    {roles[may] ?? may}
                    {expiresAt !== null && <small> until {timeWords(expiresAt)}</small>}
                  </span>
                  <button
                    type="button"
                    class="button quiet small"
                    onClick={() =>
                      void attempt(async () => {
                        await revokeLink(shared, id);
                        await list();
                      })
                    }
                  >
                    Revoke
                  </button>
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </Dialog>
  );
}

function problemWords(code: string): string {
  switch (code) {
    case "forbidden":
      return "Sharing is for the owner or a host to do.";
    case "unauthorised":
      return "Your sign-in is over. Open the meeting again.";
    default:
      return "That did not work. Try again in a moment.";
  }
}

function timeWords(at: number): string {
  return new Date(at).toLocaleString(undefined, {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  });
}
