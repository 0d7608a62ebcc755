/** Somebody asks to control our screen: who, what for, and for how long. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import type { ControlRequest, ControlScope } from "../client/control";
import { Avatar } from "../room/avatar";
import type { OverModel } from "./over_model";

const TIMES: readonly { ms: number; words: string }[] = [
  { ms: 5 * 60_000, words: "5 minutes" },
  { ms: 15 * 60_000, words: "15 minutes" },
  { ms: 60 * 60_000, words: "1 hour" },
];

export function ControlPrompt({ over, request }: { over: OverModel; request: ControlRequest }): JSX.Element {
  const heading = useId();
  const root = useRef<HTMLElement>(null);
  const wantsKeys = request.scope.includes("keyboard");
  const keys = useSignal(wantsKeys);
  const ttl = useSignal(TIMES[1]?.ms ?? 0);
  const person = over.room.meeting.participants.get(request.participant);
  const name = over.nameOf(request.participant);
  useEffect(() => {
    // Seen at once, over a picture that fills the screen too. What one types meanwhile must not answer it: the focus
    // is not taken.
    root.current?.showPopover?.();
  }, []);
  const grant = () => {
    const scope: ControlScope[] = keys.peek() ? ["pointer", "keyboard"] : ["pointer"];
    over.control.grant(request, scope, ttl.peek());
  };
  return (
    <section class="control-prompt" role="alertdialog" aria-labelledby={heading} popover="manual" ref={root}>
      <div class="row">
        <Avatar name={name} identity={person?.identity ?? ""} />
        <h2 id={heading}>
          <bdi>{name}</bdi> asks to control your screen
        </h2>
      </div>
      {wantsKeys ? (
        <label class="check">
          <input
            type="checkbox"
            checked={keys.value}
            onChange={(event) => {
              keys.value = event.currentTarget.checked;
            }}
          />
          With the keyboard
        </label>
      ) : (
        <p class="hint">With the pointer alone</p>
      )}
      <label class="field inline">
        <span class="label">For</span>
        <select
          class="select"
          value={ttl.value}
          onChange={(event) => {
            ttl.value = Number(event.currentTarget.value);
          }}
        >
          {TIMES.map(({ ms, words }) => (
            <option key={ms} value={ms}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <div class="row end">
        <button type="button" class="button" onClick={() => over.control.deny(request)}>
          Deny
        </button>
        <button type="button" class="button primary" onClick={grant}>
          Allow
        </button>
      </div>
    </section>
  );
}
