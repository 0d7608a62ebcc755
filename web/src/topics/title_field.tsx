/** What a document, a board or a page is called. */

import type { Signal } from "@preact/signals";
import type { JSX, RefObject } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

const LONGEST = 200;

/** Of the dialog around the field, which takes the focus when it opens: the field has it then. */
export function useTitleInput(): RefObject<HTMLInputElement | null> {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, []);
  return input;
}

export function TitleField(props: {
  label: string;
  title: Signal<string>;
  input: RefObject<HTMLInputElement | null>;
  suggested?: string;
}): JSX.Element {
  const { title } = props;
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        class="input"
        ref={props.input}
        value={title.value}
        maxLength={LONGEST}
        placeholder={props.suggested}
        onInput={(event) => {
          title.value = event.currentTarget.value;
        }}
      />
    </div>
  );
}
