/** The tools, in a bar: one Tab stop, arrows move (WAI-ARIA toolbar pattern). */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { Glyph, type GlyphName } from "../room/glyphs";
import type { Editor } from "./editor";
import { keyOfTool, TOOLS } from "./keys";
import type { ToolName } from "./tool";

interface Props {
  editor: Editor;
  onPicture: () => void;
}

interface Entry {
  readonly name: ToolName | "picture";
  readonly words: string;
  readonly key: string;
}

const PICTURE: Entry = { name: "picture", words: "Picture", key: "I" };

export function Toolbar({ editor, onPicture }: Props): JSX.Element {
  const bar = useRef<HTMLDivElement>(null);
  const stop = useSignal(0);
  const entries: Entry[] = TOOLS.map(({ tool, words }) => ({ name: tool, words, key: keyOfTool(tool) }));
  entries.splice(entries.length - 2, 0, PICTURE);
  const shown = editor.mayEdit
    ? entries
    : entries.filter(({ name }) => name === "select" || name === "hand" || name === "laser");
  const onKey = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const count = shown.length;
    const next =
      event.key === "Home"
        ? 0
        : event.key === "End"
          ? count - 1
          : by
            ? (stop.value + by + count) % count
            : -1;
    if (next < 0) return;
    event.preventDefault();
    stop.value = next;
    bar.current?.querySelectorAll<HTMLElement>("button")[next]?.focus();
  };
  return (
    <div class="board-tools" role="toolbar" aria-label="Tools" ref={bar} onKeyDown={onKey}>
      {shown.map(({ name, words, key }, index) => (
        <button
          key={name}
          type="button"
          class={editor.keepsTool.value && editor.tool.value === name ? "board-tool kept" : "board-tool"}
          aria-pressed={name === "picture" ? undefined : editor.tool.value === name}
          aria-label={words}
          aria-keyshortcuts={key}
          data-tip={`${words} (${key})`}
          tabIndex={index === Math.min(stop.value, shown.length - 1) ? 0 : -1}
          onFocus={() => {
            stop.value = index;
          }}
          onClick={() => {
            if (name === "picture") onPicture();
            else {
              editor.keepsTool.value = false;
              editor.take(name);
            }
          }}
          onDblClick={() => {
            // Whoever wants several of them says so.
            editor.keepsTool.value = true;
          }}
        >
          <Glyph name={name as GlyphName} />
        </button>
      ))}
    </div>
  );
}
