/** Under which name one enters. */

import type { Signal } from "@preact/signals";
import type { JSX, RefObject } from "preact";

const LONGEST = 60;

export function NameField(props: {
  name: Signal<string>;
  input: RefObject<HTMLInputElement | null>;
}): JSX.Element {
  const { name } = props;
  return (
    <div class="field">
      <label for="name">Your name</label>
      <input
        id="name"
        class="input"
        ref={props.input}
        value={name.value}
        required
        maxLength={LONGEST}
        autocomplete="name"
        placeholder="How others see you"
        onInput={(event) => {
          name.value = event.currentTarget.value;
        }}
      />
    </div>
  );
}
