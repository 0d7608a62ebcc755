/** What a document, a board or a page is called. */

import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

const LONGEST = 200;

/** Has the focus, with all that is in it selected. */
export function TitleField(props: { label: string; title: Signal<string>; suggested?: string }): JSX.Element {
  const { title } = props;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, []);
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        class="input"
        ref={input}
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
