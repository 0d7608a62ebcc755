/** Where a link leads. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Dialog } from "../room/dialog";
import { linkAddress } from "./link_address";

export interface LinkDialogProps {
  /** "" for a new one. */
  address: string;
  onClose: () => void;
  /** "" takes the link away. */
  onChoose: (address: string) => void;
}

export function LinkDialog({ address, onClose, onChoose }: LinkDialogProps): JSX.Element {
  const typed = useSignal(address);
  const wrong = useSignal(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.select(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    const chosen = linkAddress(typed.peek());
    if (chosen === null) {
      wrong.value = true;
      input.current?.focus();
    } else onChoose(chosen);
  };
  return (
    <Dialog title={address === "" ? "Link" : "Change link"} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <div class="field">
          <label for="link-address">Address</label>
          <input
            id="link-address"
            class="input"
            ref={input}
            value={typed.value}
            inputMode="url"
            autocomplete="off"
            placeholder="https://…"
            aria-invalid={wrong.value}
            aria-describedby={wrong.value ? "link-wrong" : undefined}
            onInput={(event) => {
              typed.value = event.currentTarget.value;
              wrong.value = false;
            }}
          />
          {wrong.value && (
            <p id="link-wrong" class="wrong" role="alert">
              A link leads to a web or mail address.
            </p>
          )}
        </div>
        <div class="row end">
          {address !== "" && (
            <>
              <button type="button" class="button quiet" onClick={() => onChoose("")}>
                Remove
              </button>
              <a class="button quiet" href={address} target="_blank" rel="noopener noreferrer">
                Open
              </a>
            </>
          )}
          <button type="submit" class="button primary">
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}
