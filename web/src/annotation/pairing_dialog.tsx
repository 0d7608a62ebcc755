/** A page cannot move the system's pointer: the one command that lets this computer be controlled. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { PairingCode } from "../client/control";
import { Dialog } from "../room/dialog";
import { Icon } from "../room/icons";
import { copyText } from "../room/invitation";
import type { OverModel } from "./over_model";
import { refusedWords } from "./over_words";
import { TimeLeft } from "./time_left";

/** Whatever two clocks say of each other: not asked for more often. */
const LEAST_MS = 10_000;

export function PairingDialog({ over, track }: { over: OverModel; track: string }): JSX.Element {
  const code = useSignal<PairingCode | null>(null);
  const problem = useSignal("");
  const copied = useSignal(false);
  const ask = () => {
    code.value = null;
    problem.value = "";
    copied.value = false;
    over.control.pair(track).then(
      (made) => {
        code.value = made;
      },
      (error: Error) => {
        problem.value = refusedWords(error.message);
      },
    );
  };
  useEffect(ask, [over, track]);
  // A code that is over is of no use: the next one comes by itself.
  const expiresAt = code.value?.expiresAt ?? null;
  useEffect(() => {
    if (expiresAt === null) return;
    const timer = setTimeout(ask, Math.max(LEAST_MS, expiresAt - over.room.meeting.serverTime));
    return () => clearTimeout(timer);
  }, [over, expiresAt]);
  const close = () => {
    over.pairing.value = null;
  };
  const hold = over.heldBy.value;
  const name = hold ? over.nameOf(hold.participant) : "Somebody";
  const command =
    code.value === null ? "" : `sfumato agent --url ${location.origin} --code ${code.value.code}`;
  return (
    <Dialog title="Let this computer be controlled" onClose={close}>
      <div class="stack">
        <p>
          <bdi>{name}</bdi> can already show where they point. To let them click and type too, run this
          command once on the computer whose screen you share:
        </p>
        {code.value !== null && (
          <>
            <p class="command">
              <code>{command}</code>
              <button
                type="button"
                class="button small"
                onClick={() =>
                  void copyText(command).then((done) => {
                    copied.value = done;
                  })
                }
              >
                <Icon name={copied.value ? "check" : "copy"} />
                {copied.value ? "Copied" : "Copy"}
              </button>
            </p>
            <p class="hint">
              The code is good once
              <TimeLeft over={over} expiresAt={code.value.expiresAt} />
            </p>
          </>
        )}
        {problem.value !== "" && <p role="alert">{problem.value}</p>}
        <p class="hint">
          You keep the upper hand: moving your own mouse pauses it, Escape three times ends it, and so does
          “Take back”.
        </p>
        <div class="row end">
          <button type="button" class="button" onClick={ask}>
            New code
          </button>
          <button type="button" class="button primary" onClick={close}>
            Done
          </button>
        </div>
      </div>
    </Dialog>
  );
}
