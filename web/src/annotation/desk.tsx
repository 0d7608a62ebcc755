/** Beside the pictures: the tools, what is asked of who shares a screen, and what others see and do on it. */

import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { AskDialog } from "./ask_dialog";
import { ControlNote } from "./control_note";
import { ControlPrompt } from "./control_prompt";
import type { OverModel } from "./over_model";
import { PairingDialog } from "./pairing_dialog";
import { SharePreview } from "./share_preview";
import { TimeLeft } from "./time_left";
import { ToolBar } from "./tool_bar";

export function Desk({ over }: { over: OverModel }): JSX.Element {
  const drawn = useComputed(() => {
    const key = over.drawingOn.value;
    if (key === null || over.inFullScreen.value) return null;
    return over.trackUnder(key);
  }).value;
  const [request] = over.requests.value;
  const pairing = over.pairing.value;
  const asking = over.askingFor.value;
  return (
    <>
      {drawn !== null && (
        <div class="mark-tools-place">
          <ToolBar key={drawn} over={over} track={drawn} />
        </div>
      )}
      {over.held.value !== null && !over.inFullScreen.value && <ControlNote over={over} />}
      {/* The region is always there: what appears in it is read out. */}
      <div class="control-place" role="status" aria-live="polite">
        <Controlled over={over} />
        <Asked over={over} />
      </div>
      {request && (
        <ControlPrompt key={`${request.track} ${request.participant}`} over={over} request={request} />
      )}
      {over.ownScreen.value !== null && <SharePreview over={over} track={over.ownScreen.value} />}
      {pairing !== null && <PairingDialog key={pairing} over={over} track={pairing} />}
      {asking && <AskDialog over={over} tile={asking} />}
    </>
  );
}

/** To who shares: somebody has control. */
function Controlled({ over }: { over: OverModel }): JSX.Element | null {
  const hold = over.heldBy.value;
  if (!hold) return null;
  const { surface } = over.room.meeting.tracks.get(hold.track) ?? {};
  return (
    <div class="banner control-banner">
      <p>
        <strong>
          <bdi>{over.nameOf(hold.participant)}</bdi> controls your screen
        </strong>
        {hold.scope.includes("keyboard") ? "" : " with the pointer alone"}
        {over.paused.value ? " · rests while you use the computer" : ""}
        <TimeLeft over={over} expiresAt={hold.expiresAt} />
      </p>
      {surface === "monitor" && !over.paired.value && (
        <button
          type="button"
          class="button small"
          onClick={() => {
            over.pairing.value = hold.track;
          }}
        >
          Pair this computer
        </button>
      )}
      <button
        type="button"
        class="button danger small"
        title="Or press Escape three times here"
        onClick={() => over.control.revoke(hold.track)}
      >
        Take back
      </button>
    </div>
  );
}

/** To who asked. */
function Asked({ over }: { over: OverModel }): JSX.Element | null {
  const [track] = over.asking.value;
  if (track === undefined) return null;
  return (
    <div class="banner control-banner">
      <p>
        Asked <bdi>{over.ownerName(track)}</bdi> for control…
      </p>
      <button type="button" class="button small" onClick={() => over.control.revoke(track)}>
        Never mind
      </button>
    </div>
  );
}
