/** Over one picture: its marks and pointers, and what we do on it ourselves. */

import { useComputed, useSignal } from "@preact/signals";
import type { JSX, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { randomClient } from "../client/topic";
import { letterOf } from "../room/letter";
import { isTyping } from "../room/shortcuts";
import { ControlNote } from "./control_note";
import { ControlSurface } from "./control_surface";
import { Hand } from "./hand";
import type { OverModel } from "./over_model";
import { begin, widthOf } from "./pens";
import { PictureCanvas } from "./picture_canvas";
import type { Place } from "./picture_frame";
import { ToolBar } from "./tool_bar";

export interface SurfaceProps {
  over: OverModel;
  /** A tile's, or `PREVIEW`. */
  pictureKey: string;
  track: string;
  video: RefObject<HTMLVideoElement | null>;
  mirrored: boolean;
  /** What the picture is called. */
  label: string;
}

export function Surface(props: SurfaceProps): JSX.Element | null {
  const { over, pictureKey, track } = props;
  const shows = useSignal(false);
  useEffect(() => {
    const look = () => {
      const [mark] = over.annotations.marks(track);
      const [pointer] = over.annotations.pointers(track);
      shows.value = mark !== undefined || pointer !== undefined;
    };
    look();
    return over.annotations.on("changed", (event) => {
      if (event.track === track) look();
    });
  }, [over, track]);
  const drawing = useComputed(() => over.drawingOn.value === pictureKey).value;
  const held = useComputed(() => over.held.value?.track === track).value;
  const other = useComputed(() => {
    const hold = over.holds.value.find((one) => one.track === track && !over.isOwn(one.participant));
    return hold === undefined ? null : over.nameOf(hold.participant);
  }).value;
  // A canvas for each of many pictures would cost memory: there is one where there is something on it.
  if (!shows.value && !drawing && !held)
    return other === null ? null : <InControl over={over} track={track} name={other} />;
  return (
    <>
      <Canvas {...props} drawing={drawing} held={held} />
      {drawing && over.inFullScreen.value && <ToolBar over={over} track={track} />}
      {held && over.inFullScreen.value && <ControlNote over={over} />}
      {other !== null && <InControl over={over} track={track} name={other} />}
    </>
  );
}

function InControl({ over, track, name }: { over: OverModel; track: string; name: string }): JSX.Element {
  return (
    <div class="in-control">
      <p>
        <bdi>{name}</bdi> is in control
      </p>
      {over.mayEnd(track) && (
        <button type="button" class="button small" onClick={() => over.control.revoke(track)}>
          End control
        </button>
      )}
    </div>
  );
}

function Canvas(props: SurfaceProps & { drawing: boolean; held: boolean }): JSX.Element {
  const { over, track, video, mirrored, label, drawing, held } = props;
  const element = useRef<HTMLCanvasElement>(null);
  const canvas = useRef<PictureCanvas | null>(null);
  const writing = useSignal<Place | null>(null);
  useLayoutEffect(() => {
    const { annotations } = over;
    if (!element.current || !video.current) return;
    const made = new PictureCanvas(element.current, video.current, mirrored, {
      marks: () => annotations.marks(track),
      pointers: () => annotations.pointers(track),
      who: (participant) => over.who(participant),
    });
    canvas.current = made;
    const stop = annotations.on("changed", (event) => {
      if (event.track === track) made.schedule();
    });
    return () => {
      stop();
      made.close();
      canvas.current = null;
    };
  }, [over, track, video, mirrored]);
  // Not after the next frame: whoever is quick draws at once.
  useLayoutEffect(() => {
    const [target, made] = [element.current, canvas.current];
    if (!drawing || !target || !made) return;
    const hand = new Hand(target, {
      frame: () => made.frame,
      ink: () => over.ink.peek(),
      draw: (mark) => over.annotations.draw(track, mark),
      drop: (id) => over.annotations.erase(track, id),
      point: ({ x, y }, laser) => over.annotations.point(track, x, y, laser),
      write: (place) => {
        writing.value = place;
      },
      random: randomName,
    });
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") over.drawingOn.value = null;
      else if (takesBack(event)) over.annotations.undo(track);
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => {
      removeEventListener("keydown", onKey);
      hand.close();
      writing.value = null;
    };
  }, [over, track, drawing]);
  const write = (text: string) => {
    const place = writing.peek();
    writing.value = null;
    if (place === null || text.trim() === "") return;
    const mark = begin({ ...over.ink.peek(), tool: "text" }, randomName(), place);
    over.annotations.draw(track, { ...mark, text: text.trim(), done: true });
  };
  return (
    <>
      <canvas
        ref={element}
        class={drawing ? `marks active ${over.ink.value.tool}` : "marks"}
        role={drawing ? "application" : "img"}
        tabIndex={drawing ? 0 : undefined}
        aria-label={
          drawing ? `Draw on ${label}: arrows move, Enter begins and ends a mark` : `Marks on ${label}`
        }
        onDblClick={drawing ? (event) => event.stopPropagation() : undefined}
      />
      {writing.value && <TextEntry over={over} place={writing.value} canvas={canvas} onDone={write} />}
      {held && <ControlSurface over={over} track={track} canvas={canvas} />}
    </>
  );
}

interface TextEntryProps {
  over: OverModel;
  place: Place;
  canvas: RefObject<PictureCanvas | null>;
  onDone: (text: string) => void;
}

/** Where words are written: as large as they will be. */
function TextEntry({ over, place, canvas, onDone }: TextEntryProps): JSX.Element | null {
  const field = useRef<HTMLInputElement>(null);
  // Before anything else is drawn: letters typed at once belong here.
  useLayoutEffect(() => {
    field.current?.focus();
  }, [place]);
  const frame = canvas.current?.frame;
  if (!frame) return null;
  const ink = over.ink.value;
  const { x, y } = frame.toBox(place);
  const size = widthOf({ ...ink, tool: "text" }) * frame.rect.height;
  return (
    <input
      ref={field}
      class="mark-text"
      aria-label="Text to put on the picture"
      maxLength={200}
      style={{ left: `${x}px`, top: `${y}px`, fontSize: `${size}px`, color: ink.color }}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.isComposing) return;
        if (event.key !== "Enter" && event.key !== "Escape") return;
        onDone(event.key === "Enter" ? event.currentTarget.value : "");
        canvas.current?.focus();
      }}
      onBlur={(event) => onDone(event.currentTarget.value)}
    />
  );
}

/** Ctrl+Z, but not that of what is written meanwhile, or of a document or board beside the pictures. */
function takesBack(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || isTyping(event.target)) return false;
  return letterOf(event) === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey;
}

function randomName(): string {
  // Not `crypto.randomUUID`, which is missing on pages without https.
  return randomClient().slice(0, 16);
}
