/** The board itself: two canvases, and the pointer on them. */

import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { drawAbove, Trails, type Who } from "./above";
import type { Editor } from "./editor";
import { followLetters } from "./letters";
import { Painter } from "./painter";
import type { Pictures } from "./pictures";
import { PointerInput } from "./pointer_input";
import type { Tool, ToolName } from "./tool";

interface Props {
  editor: Editor;
  tools: Record<ToolName, Tool>;
  pictures: Pictures;
  who: Who;
  /** Told of the input, for keys that belong to it. */
  onInput: (input: PointerInput) => void;
  onPainter: (painter: Painter) => void;
}

// As the style sheet has it: then the tools stand below.
const NARROW_PX = 640;
const LOW_PX = 400;
const BARS = { left: 112, top: 68, right: 28, bottom: 68 };
const BARS_NARROW = { left: 16, top: 64, right: 16, bottom: 120 };

export function BoardCanvas({ editor, tools, pictures, who, onInput, onPainter }: Props): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const below = useRef<HTMLCanvasElement>(null);
  const above = useRef<HTMLCanvasElement>(null);
  const painter = useRef<Painter | null>(null);
  useLayoutEffect(() => {
    const [element, low, high] = [place.current, below.current, above.current];
    if (!element || !low || !high) return;
    const trails = new Trails();
    const made: Painter = new Painter({
      below: low,
      above: high,
      scene: editor.scene,
      view: () => editor.view.peek(),
      around: {
        look: editor.look,
        image: pictures.of,
        get zoom() {
          return editor.view.peek().zoom;
        },
        get editing() {
          return editor.editing.peek();
        },
      },
      drawAbove: (canvas, unit) => {
        const tool = tools[editor.tool.peek()];
        // What fades needs the next frame.
        if (drawAbove(canvas, unit, editor, tool, who, trails)) setTimeout(() => made.schedule());
      },
      grid: () => editor.grid.peek(),
    });
    painter.current = made;
    onPainter(made);
    editor.onDamage = (rects) => (rects ? made.damage(rects) : made.repaint());
    editor.onAbove = () => made.schedule();
    const input = new PointerInput(
      element,
      editor,
      { current: () => tools[editor.tool.peek()], hand: tools.hand },
      (cursor) => {
        element.style.cursor = cursor;
      },
    );
    onInput(input);
    const measure = () => {
      const size = { width: element.clientWidth, height: element.clientHeight };
      if (size.width === 0) return;
      made.resize(size, devicePixelRatio);
      editor.edges = size.width > NARROW_PX && size.height > LOW_PX ? BARS : BARS_NARROW;
      editor.resize(size);
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => {
      observer.disconnect();
      made.close();
      editor.onDamage = () => {};
      editor.onAbove = () => {};
    };
  }, [editor]);
  useEffect(() => followLetters(() => editor.lettersCame()), [editor]);
  useSignalEffect(() => {
    void editor.view.value;
    painter.current?.schedule();
  });
  useSignalEffect(() => {
    void editor.grid.value;
    painter.current?.repaint();
  });
  useSignalEffect(() => {
    const tool = tools[editor.tool.value];
    if (place.current) place.current.style.cursor = tool.cursor;
    painter.current?.schedule();
  });
  return (
    <div
      class="board-canvas"
      ref={place}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the board's keys are heard here
      tabIndex={0}
      role="application"
      aria-label="Board. Letters choose tools; press question mark for all keys. What is on it stands in the list of elements."
    >
      <canvas ref={below} />
      <canvas ref={above} />
    </div>
  );
}
