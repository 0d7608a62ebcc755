/** Over the picture of a screen that we control. */

import type { JSX, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { ControlInput } from "../client/control";
import { CapturedKeys, CapturedPointer } from "./captured_input";
import type { OverModel } from "./over_model";
import type { PictureCanvas } from "./picture_canvas";
import { NO_FRAME } from "./picture_frame";
import { TripleKey } from "./triple_key";

/** Protocol, section 3: who holds something says so at least twice a second. */
const REMIND_MS = 400;
/** The field that hears the keys. */
export const KEYS = "control-keys";

interface Props {
  over: OverModel;
  track: string;
  canvas: RefObject<PictureCanvas | null>;
}

export function ControlSurface({ over, track, canvas }: Props): JSX.Element | null {
  const plane = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const hold = over.held.value;
  const keyboard = hold?.scope.includes("keyboard") ?? false;
  const pointer = hold?.scope.includes("pointer") ?? false;
  // What is pressed when control ends, whoever does it there lets go.
  const send = (input: ControlInput) => {
    if (over.held.peek()?.track === track) over.control.input(track, input);
  };
  useLayoutEffect(() => {
    const element = plane.current;
    if (!element || !pointer) return;
    const captured = new CapturedPointer(element, {
      frame: () => canvas.current?.frame ?? NO_FRAME,
      move: ({ x, y }) => over.control.move(track, x, y),
      send,
    });
    const hidden = () => captured.release();
    const timer = setInterval(() => captured.remind(), REMIND_MS);
    addEventListener("blur", hidden);
    return () => {
      clearInterval(timer);
      removeEventListener("blur", hidden);
      captured.close();
    };
  }, [over, track, pointer]);
  useLayoutEffect(() => {
    const element = field.current;
    if (!element || !keyboard) return;
    if (!matchMedia("(pointer: coarse)").matches) element.focus();
    const captured = new CapturedKeys(element, { send });
    const timer = setInterval(() => captured.remind(), REMIND_MS);
    return () => {
      clearInterval(timer);
      captured.close();
    };
  }, [over, track, keyboard]);
  useEffect(() => {
    // In full screen the keys of the browser and the system are had too, where the browser gives them.
    if (!keyboard || !over.inFullScreen.value) return;
    const keys = (navigator as Navigator & { keyboard?: { lock(): Promise<void>; unlock(): void } }).keyboard;
    keys?.lock().catch(() => {});
    return () => keys?.unlock();
  }, [over, keyboard, over.inFullScreen.value]);
  useEffect(() => {
    const wayOut = new TripleKey("Escape");
    const onKey = (event: KeyboardEvent) => {
      if (wayOut.pressed(event)) over.control.revoke(track);
    };
    // Before the keys are taken for the other screen.
    addEventListener("keydown", onKey, true);
    return () => removeEventListener("keydown", onKey, true);
  }, [over, track]);
  if (!hold) return null;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the pointer's events belong to the screen shown here
    <div
      class="control-plane"
      ref={plane}
      onDblClick={(event) => event.stopPropagation()}
      onPointerDown={(event) => {
        // The focus stays where the keys are heard; a finger's touch would bring the keyboard on the glass.
        event.preventDefault();
        if (event.pointerType !== "touch") field.current?.focus();
      }}
    >
      {keyboard && (
        <textarea
          ref={field}
          id={KEYS}
          class="control-keys"
          aria-label={`Keys go to ${over.ownerName(track)}’s screen. Press Escape three times to give control back.`}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
        />
      )}
    </div>
  );
}
