/** How the text looks: one row of buttons; on a narrow page it scrolls. */

import type { ComponentChildren, JSX, TargetedKeyboardEvent } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Glyph, type GlyphName } from "../room/glyphs";
import type { DocumentModel } from "./document_model";
import type { TextEditor } from "./text_editor";

export interface FormatBarProps {
  model: DocumentModel;
  editor: TextEditor | null;
  onLink: () => void;
}

const STYLES = [
  { name: "Text", header: false },
  { name: "Title", header: 1 },
  { name: "Heading", header: 2 },
  { name: "Subheading", header: 3 },
] as const;

const MARKS: readonly (readonly [name: string, glyph: GlyphName, words: string, key: string])[] = [
  ["bold", "bold", "Bold", "Ctrl+B"],
  ["italic", "italic", "Italic", "Ctrl+I"],
  ["underline", "underline", "Underline", "Ctrl+U"],
  ["strike", "strike", "Strike through", "Ctrl+Shift+X"],
  ["code", "code", "Code", ""],
];

const LINES: readonly (readonly [
  name: string,
  value: unknown,
  glyph: GlyphName,
  words: string,
  key: string,
])[] = [
  ["list", "bullet", "bullets", "Bullets", "Ctrl+Shift+8"],
  ["list", "ordered", "numbers", "Numbers", "Ctrl+Shift+7"],
  ["list", "unchecked", "tasks", "Check list", "Ctrl+Shift+9"],
  ["blockquote", true, "quote", "Quote", ""],
  ["code-block", true, "codeBlock", "Code block", ""],
];

export function FormatBar({ model, editor, onLink }: FormatBarProps): JSX.Element {
  const at = model.selection.value;
  const formats = editor?.look.value.formats ?? {};
  const header = typeof formats.header === "number" ? formats.header : false;
  const list = formats.list === "checked" ? "unchecked" : formats.list;
  return (
    <div class="format-bar" role="toolbar" aria-label="Formatting">
      <Tools>
        <Tool
          glyph="undo"
          words="Undo"
          keys="Ctrl+Z"
          off={!model.canUndo.value}
          onPress={() => editor?.undo()}
        />
        <Tool
          glyph="redo"
          words="Redo"
          keys="Ctrl+Y"
          off={!model.canRedo.value}
          onPress={() => editor?.redo()}
        />
      </Tools>
      <hr />
      <select
        class="paragraph"
        aria-label="Paragraph style"
        value={String(header)}
        onChange={(event) => {
          const { value } = event.currentTarget;
          editor?.focus();
          editor?.format("header", value === "false" ? false : Number(value));
        }}
      >
        {STYLES.map((style) => (
          <option key={style.name} value={String(style.header)}>
            {style.name}
          </option>
        ))}
      </select>
      <hr />
      <Tools>
        {MARKS.map(([name, glyph, words, keys]) => (
          <Tool
            key={name}
            glyph={glyph}
            words={words}
            keys={keys}
            pressed={formats[name] === true}
            onPress={() => editor?.toggle(name, true)}
          />
        ))}
        <Tool
          glyph="link"
          words="Link"
          keys="Ctrl+K"
          pressed={typeof formats.link === "string"}
          onPress={onLink}
        />
        <hr />
        {LINES.map(([name, value, glyph, words, keys]) => (
          <Tool
            key={glyph}
            glyph={glyph}
            words={words}
            keys={keys}
            pressed={name === "list" ? list === value : Boolean(formats[name])}
            onPress={() => editor?.toggle(name, value)}
          />
        ))}
        <hr />
        <Tool glyph="clear" words="Clear formatting" keys="" onPress={() => editor?.clear()} />
        {model.mayComment.value && (
          <Tool
            glyph="comment"
            words="Comment"
            keys="Ctrl+Alt+M"
            off={at === null || at.length === 0}
            onPress={() => model.beginComment()}
          />
        )}
      </Tools>
    </div>
  );
}

/** Buttons that Tab reaches as one, and arrows one by one (WAI-ARIA toolbar, roving tabindex). */
function Tools({ children }: { children: ComponentChildren }): JSX.Element {
  const root = useRef<HTMLDivElement>(null);
  const buttons = () => [...(root.current?.querySelectorAll("button") ?? [])];
  const stopAt = (stop: Element | undefined) => {
    for (const button of buttons()) button.tabIndex = button === stop ? 0 : -1;
  };
  useLayoutEffect(() => stopAt(buttons().find(({ tabIndex }) => tabIndex === 0)));
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLElement>) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const all = buttons();
    const next = all.indexOf(event.target as HTMLButtonElement) + step;
    all[(next + all.length) % all.length]?.focus();
    event.preventDefault();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys belong to the buttons inside
    <div
      class="tools"
      ref={root}
      onKeyDown={onKeyDown}
      onFocusIn={(event) => stopAt(event.target as Element)}
    >
      {children}
    </div>
  );
}

function Tool(props: {
  glyph: GlyphName;
  words: string;
  keys: string;
  pressed?: boolean;
  off?: boolean;
  onPress: () => void;
}): JSX.Element {
  const { glyph, words, keys, pressed, off = false, onPress } = props;
  return (
    <button
      type="button"
      class={pressed ? "format on" : "format"}
      aria-label={words}
      aria-pressed={pressed}
      aria-disabled={off}
      title={keys === "" ? words : `${words} (${keys})`}
      // Not the focus: what is selected stays selected.
      onPointerDown={(event) => event.preventDefault()}
      onClick={() => {
        if (!off) onPress();
      }}
    >
      <Glyph name={glyph} />
    </button>
  );
}
