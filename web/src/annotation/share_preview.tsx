/** Our own screen as the others see it: with what they draw on it, and where they point. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { GlyphButton } from "../room/glyphs";
import { Icon } from "../room/icons";
import { Annotators } from "./annotators_menu";
import { type OverModel, PREVIEW } from "./over_model";
import { Surface } from "./surface";

export function SharePreview({ over, track }: { over: OverModel; track: string }): JSX.Element {
  const open = over.previewOpen.value;
  const marks = useSignal(0);
  useEffect(() => {
    const look = () => {
      marks.value = [...over.annotations.marks(track)].length;
    };
    look();
    return over.annotations.on("changed", (event) => {
      if (event.track === track) look();
    });
  }, [over, track]);
  if (!open) {
    return (
      <button
        type="button"
        class="share-preview-button button small"
        onClick={() => {
          over.previewOpen.value = true;
        }}
      >
        <Icon name="screen" />
        What others see{marks.value > 0 ? ` (${marks.value})` : ""}
      </button>
    );
  }
  const drawing = over.drawingOn.value === PREVIEW;
  return (
    <section
      class={drawing ? "share-preview large" : "share-preview"}
      aria-label="Your screen as others see it"
    >
      <Picture over={over} track={track} />
      <div class="share-preview-foot">
        <Annotators over={over} track={track} class="button small quiet" />
        <span class="gap" />
        {over.mayAnnotate.value && (
          <GlyphButton
            glyph="pen"
            class={drawing ? "mark-tool on" : "mark-tool"}
            label="Draw on your screen"
            aria-pressed={drawing}
            title="Draw"
            onClick={() => over.toggleDrawing(PREVIEW)}
          />
        )}
        <GlyphButton
          glyph="trash"
          class="mark-tool"
          label="Clear all marks"
          title="Clear all marks"
          aria-disabled={marks.value === 0}
          onClick={() => over.annotations.clear(track, "all")}
        />
        <button
          type="button"
          class="mark-tool"
          aria-label="Hide the preview"
          title="Hide"
          onClick={() => over.closePreview()}
        >
          <Icon name="down" />
        </button>
      </div>
    </section>
  );
}

function Picture({ over, track }: { over: OverModel; track: string }): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  const media = over.room.meeting.local.get("screen")?.media ?? null;
  useEffect(() => {
    if (video.current) video.current.srcObject = media === null ? null : new MediaStream([media]);
  }, [media]);
  return (
    <div class="share-preview-picture">
      <video ref={video} autoplay playsInline muted tabIndex={-1} aria-hidden="true" />
      <Surface
        over={over}
        pictureKey={PREVIEW}
        track={track}
        video={video}
        mirrored={false}
        label="your screen"
      />
    </div>
  );
}
