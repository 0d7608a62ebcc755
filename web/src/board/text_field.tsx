/** The text of an element while it is written: a field that stands exactly over it. */

import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { BoardElement } from "../client/board_elements";
import type { Editor } from "./editor";
import { colorOf, FONT, LINE_HEIGHT, MONO, PADDING, sizeOf } from "./look";
import { toWindow } from "./view";

const MOST_TEXT = 10_000;

export function TextField({ editor }: { editor: Editor }): JSX.Element | null {
  const id = editor.editing.value;
  void editor.changes.value;
  const element = id === null ? undefined : editor.look(id);
  return element ? <Field key={element.id} editor={editor} element={element} /> : null;
}

function Field({ editor, element }: { editor: Editor; element: BoardElement }): JSX.Element {
  const field = useRef<HTMLTextAreaElement>(null);
  const gesture = useRef(editor.newGesture());
  const view = editor.view.value;
  const [x, y, w, h, rotation] = element.box ?? [0, 0, 0, 0, 0];
  const size = sizeOf(element);
  const isTitle = element.type === "frame";
  const isFree = element.type === "text";
  const at = toWindow(view, { x, y: isTitle ? y - size * 1.6 : y });
  // Before the next key is heard: letters choose tools otherwise.
  useLayoutEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  useLayoutEffect(() => {
    const area = field.current;
    if (!area) return;
    area.style.height = "0";
    area.style.height = `${area.scrollHeight}px`;
  });
  const inside = w - (PADDING[element.type] ?? 0);
  return (
    <div
      class={`board-writing ${isFree || isTitle ? "free" : "middle"}`}
      style={{
        left: `${at.x}px`,
        top: `${at.y}px`,
        width: `${isTitle ? 320 : w}px`,
        height: isTitle ? "auto" : `${h}px`,
        transform: `scale(${view.zoom}) rotate(${rotation}deg)`,
        transformOrigin: "0 0",
        ...(rotation === 0
          ? {}
          : {
              transform: `scale(${view.zoom}) translate(${w / 2}px, ${h / 2}px) rotate(${rotation}deg) translate(${-w / 2}px, ${-h / 2}px)`,
            }),
      }}
    >
      <textarea
        ref={field}
        aria-label={isTitle ? "Title of the frame" : "Text"}
        maxLength={MOST_TEXT}
        rows={1}
        spellcheck={false}
        value={element.text ?? ""}
        wrap={isFree && !element.wrap ? "off" : "soft"}
        style={{
          width: `${isTitle ? 320 : isFree ? w + size : inside}px`,
          font: `400 ${size}px/${LINE_HEIGHT} ${element.style?.font === "mono" ? MONO : FONT}`,
          color: isTitle ? "#475467" : colorOf(element),
        }}
        onInput={(event) => editor.write(element.id, event.currentTarget.value, gesture.current)}
        onBlur={() => editor.written()}
        onKeyDown={(event) => {
          event.stopPropagation();
          const done =
            event.key === "Escape" ||
            (event.key === "Enter" && (isTitle || event.ctrlKey || event.metaKey) && !event.isComposing);
          if (!done) return;
          event.preventDefault();
          editor.written();
          editor.focusBoard();
        }}
      />
    </div>
  );
}
