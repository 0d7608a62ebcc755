/** A board as it was at the moment: all of the page that was in use. */

import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { followLetters } from "../board/letters";
import { Painter } from "../board/painter";
import { Pictures } from "../board/pictures";
import { Scene } from "../board/scene";
import { fitted, type View } from "../board/view";
import type { BoardElement } from "../client/board_elements";
import type { ReplayModel } from "./replay_model";
import type { BoardTopic } from "./topics";

const EDGES = { left: 16, top: 16, right: 16, bottom: 16 };
/** Of an empty board: as much as fits on a sheet. */
const SHEET = { x: 0, y: 0, w: 1280, h: 720 };

export function RecordedBoard({ model, topic }: { model: ReplayModel; topic: BoardTopic }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const below = useRef<HTMLCanvasElement>(null);
  const above = useRef<HTMLCanvasElement>(null);
  const redraw = useRef<() => void>(() => {});
  useLayoutEffect(() => {
    const [element, low, high] = [place.current, below.current, above.current];
    if (!element || !low || !high) return;
    let alive: ReadonlyMap<string, BoardElement> = new Map();
    let view: View = { x: 0, y: 0, zoom: 1 };
    let shown = -1;
    const scene = new Scene(() => alive);
    const pictures = new Pictures(
      (sha256) => model.files.picture(sha256),
      () => painter.repaint(),
    );
    const painter = new Painter({
      below: low,
      above: high,
      scene,
      view: () => view,
      around: {
        look: (id) => alive.get(id),
        image: pictures.of,
        get zoom() {
          return view.zoom;
        },
        editing: null,
      },
      drawAbove: () => {},
      grid: () => false,
    });
    const fitAll = () => {
      const size = { width: element.clientWidth, height: element.clientHeight };
      view = fitted(scene.extent ?? SHEET, size, 1, EDGES);
      painter.repaint();
    };
    const show = () => {
      const { elements, page } = topic.content.at(model.shownMs.peek());
      if (topic.content.count === shown) return;
      shown = topic.content.count;
      alive = elements.alive;
      scene.show(page);
      element.dataset.elements = String(scene.count);
      fitAll();
    };
    const measure = () => {
      const size = { width: element.clientWidth, height: element.clientHeight };
      if (size.width === 0) return;
      painter.resize(size, devicePixelRatio);
      fitAll();
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    show();
    measure();
    redraw.current = show;
    const unfollow = followLetters(() => painter.repaint());
    return () => {
      redraw.current = () => {};
      observer.disconnect();
      unfollow();
      painter.close();
      pictures.close();
    };
  }, [model, topic]);
  useSignalEffect(() => {
    void model.shownMs.value;
    redraw.current();
  });
  return (
    <div class="recorded-board" ref={place} role="img" aria-label={`Board: ${topic.title}`}>
      <canvas ref={below} />
      <canvas ref={above} />
    </div>
  );
}
