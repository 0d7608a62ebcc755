/** Asks for another name of a document, board or page. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { Dialog } from "../room/dialog";
import { useAttempt } from "./attempt";
import { Problem } from "./problem";
import { TitleField, useTitleInput } from "./title_field";

export function TitleDialog(props: {
  heading: string;
  label: string;
  title: string;
  /** Why it was refused, by its code. */
  refused: (code: string) => string;
  onClose: () => void;
  onRename: (title: string) => void | Promise<void>;
}): JSX.Element {
  const title = useSignal(props.title);
  const { problem, attempt } = useAttempt(props.refused);
  const input = useTitleInput();
  return (
    <Dialog title={props.heading} onClose={props.onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          const typed = title.peek().trim();
          if (typed !== "") void attempt(() => props.onRename(typed));
        }}
      >
        <TitleField label={props.label} input={input} title={title} />
        <Problem words={problem} />
        <div class="row end">
          <button type="button" class="button" onClick={props.onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary">
            Rename
          </button>
        </div>
      </form>
    </Dialog>
  );
}
