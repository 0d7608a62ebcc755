/** Asks whether a document or board may go. */

import type { JSX } from "preact";
import { Dialog } from "../room/dialog";
import { useAttempt } from "./attempt";
import { Problem } from "./problem";

export function DeleteDialog(props: {
  heading: string;
  title: string;
  /** What goes, after its title. */
  loss: string;
  refused: (code: string) => string;
  onClose: () => void;
  onDelete: () => Promise<void>;
}): JSX.Element {
  const { problem, attempt } = useAttempt(props.refused);
  return (
    <Dialog title={props.heading} onClose={props.onClose}>
      <div class="stack">
        <p>
          “<bdi>{props.title}</bdi>” {props.loss}
        </p>
        <Problem words={problem} />
        <div class="row end">
          <button type="button" class="button" onClick={props.onClose}>
            Cancel
          </button>
          <button type="button" class="button danger" onClick={() => void attempt(props.onDelete)}>
            Delete
          </button>
        </div>
      </div>
    </Dialog>
  );
}
