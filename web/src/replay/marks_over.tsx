/** What was drawn on a picture, over it. */

import { useSignalEffect } from "@preact/signals";
import type { JSX, RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { paintMark } from "../annotation/paint_marks";
import { PictureFrame } from "../annotation/picture_frame";
import type { ReplayModel } from "./replay_model";

interface Props {
  model: ReplayModel;
  track: string;
  video: RefObject<HTMLVideoElement | null>;
}

const MOST_RATIO = 2;

export function MarksOver({ model, track, video }: Props): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const paint = () => {
    const [element, picture] = [canvas.current, video.current];
    const context = element?.getContext("2d");
    if (!element || !picture || !context) return;
    const [width, height] = [element.clientWidth, element.clientHeight];
    const ratio = Math.min(MOST_RATIO, devicePixelRatio);
    if (element.width !== Math.round(width * ratio)) element.width = Math.round(width * ratio);
    if (element.height !== Math.round(height * ratio)) element.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const size = { width: picture.videoWidth, height: picture.videoHeight };
    const frame = new PictureFrame({ width, height }, size, "contain");
    if (frame.isEmpty) return;
    const marks = model.meeting.peek().tracks.get(track)?.marks.values() ?? [];
    for (const mark of marks) paintMark(context, mark, frame, model.shownMs.peek());
  };
  useSignalEffect(() => {
    void model.shownMs.value;
    paint();
  });
  useEffect(() => {
    const [element, picture] = [canvas.current, video.current];
    if (!element || !picture) return;
    const observer = new ResizeObserver(paint);
    observer.observe(element);
    picture.addEventListener("loadeddata", paint);
    return () => {
      observer.disconnect();
      picture.removeEventListener("loadeddata", paint);
    };
  }, []);
  return <canvas class="marks" ref={canvas} />;
}
