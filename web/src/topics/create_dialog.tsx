/** Asks what a new document or board is called, and what it begins with. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { Dialog } from "../room/dialog";
import { useAttempt } from "./attempt";
import { Problem } from "./problem";
import { TitleField, useTitleInput } from "./title_field";

export function CreateDialog<Template>(props: {
  heading: string;
  label: string;
  /** The first is chosen. */
  templates: readonly Template[];
  /** What one that begins with it is called if nobody says. */
  suggested: (template: Template | undefined) => string;
  /** What it looks like in the list. */
  draw: (template: Template) => JSX.Element;
  refused: (code: string) => string;
  onClose: () => void;
  onCreate: (title: string, template: Template | undefined) => Promise<void>;
}): JSX.Element {
  const title = useSignal("");
  const chosen = useSignal(0);
  const { problem, busy, attempt } = useAttempt(props.refused);
  const input = useTitleInput();
  const template = props.templates[chosen.value];
  const suggested = props.suggested(template);
  return (
    <Dialog title={props.heading} onClose={props.onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(() => props.onCreate(title.peek().trim() || suggested, template));
        }}
      >
        <TitleField label={props.label} input={input} title={title} suggested={suggested} />
        <fieldset class="templates">
          <legend class="label">Begin with</legend>
          {props.templates.map((one, index) => (
            <label key={props.suggested(one)} class="template">
              <input
                type="radio"
                name="template"
                checked={chosen.value === index}
                onChange={() => {
                  chosen.value = index;
                }}
              />
              {props.draw(one)}
            </label>
          ))}
        </fieldset>
        <Problem words={problem} />
        <div class="row end">
          <button type="button" class="button" onClick={props.onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary" aria-disabled={busy}>
            {busy ? "Creating…" : "Create"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
