/** What lies over the pictures: marks and remote control. Its code comes when there is the first picture. */

import { type ReadonlySignal, useComputed, useSignal } from "@preact/signals";
import type { ComponentType, RefObject } from "preact";
import { useEffect } from "preact/hooks";
import type { MeetingRoomProps } from "./meeting_room";
import type { TileModel } from "./tile_model";

export interface OverPictures {
  /** Over the picture of a tile. */
  Surface: ComponentType<{ tile: TileModel; video: RefObject<HTMLVideoElement | null> }>;
  /** Buttons in a tile's corner. */
  Buttons: ComponentType<{ tile: TileModel }>;
  /** Beside the pictures: what is asked of who shares a screen, and what others see of it. */
  Desk: ComponentType;
}

/** Nobody waits for it: it is tried again quietly. */
const AGAIN_MS = 5_000;

/** Null until it is here. */
export function useOverPictures(props: MeetingRoomProps): ReadonlySignal<OverPictures | null> {
  const { model } = props;
  const over = useSignal<OverPictures | null>(null);
  const tries = useSignal(0);
  const needed = useComputed(
    () => model.screen.value || model.tiles.value.some((tile) => tile.track.value !== null),
  ).value;
  const attempt = tries.value;
  useEffect(() => {
    if (!needed || over.peek() !== null) return;
    let [open, timer] = [true, 0];
    import("../annotation/over").then(
      ({ overPictures }) => {
        if (open) over.value = overPictures(props);
      },
      () => {
        timer = window.setTimeout(() => {
          tries.value = attempt + 1;
        }, AGAIN_MS);
      },
    );
    return () => {
      open = false;
      clearTimeout(timer);
    };
  }, [needed, attempt]);
  return over;
}
