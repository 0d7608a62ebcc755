/** Asks for the name of a board or page. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Dialog } from "../room/dialog";
import { Icon } from "../room/icons";

/** Of boards and of their pages, in characters. */
export const LONGEST_TITLE = 200;

export function TitleDialog(props: {
  title: string;
  value: string;
  act: string;
  problem: string;
  onClose: () => void;
  onDone: (title: string) => void;
}): JSX.Element {
  const title = useSignal(props.value);
  const field = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, []);
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (title.value.trim()) props.onDone(title.value.trim());
        }}
      >
        <div class="field">
          <label for={field}>Name</label>
          <input
            id={field}
            ref={input}
            class="input"
            maxLength={LONGEST_TITLE}
            value={title.value}
            onInput={(event) => {
              title.value = event.currentTarget.value;
            }}
          />
        </div>
        <Problem words={props.problem} />
        <div class="row end">
          <button type="submit" class="button primary">
            {props.act}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export function Problem({ words }: { words: string }): JSX.Element | null {
  return words === "" ? null : (
    <p class="note" role="alert">
      <Icon name="warning" />
      {words}
    </p>
  );
}
