/** Colour, width, fill and the like: of what is selected, else of the tool in hand. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { BoardElement, StyleChange } from "../client/board_elements";
import { Glyph } from "../room/glyphs";
import type { Editor } from "./editor";
import { colorOf, fillOf, INK, sizeOf, widthOf } from "./look";
import { type Act, SelectionMenu } from "./selection_menu";
import type { ToolName } from "./tool";

/** By name, so that a screen reader can say them. */
const COLORS: readonly (readonly [string, string])[] = [
  ["Black", INK],
  ["Grey", "#79828f"],
  ["Red", "#d92d20"],
  ["Orange", "#e8731a"],
  ["Yellow", "#f5c518"],
  ["Green", "#2e8b57"],
  ["Blue", "#2563c9"],
  ["Purple", "#7a4fd0"],
  ["Pink", "#d6409f"],
  ["White", "#ffffff"],
];
const FILLS: readonly (readonly [string, string])[] = [
  ["White", "#ffffff"],
  ["Yellow", "#ffe98a"],
  ["Orange", "#ffd0a6"],
  ["Red", "#ffc9c4"],
  ["Pink", "#fbcfe5"],
  ["Purple", "#ddd3fb"],
  ["Blue", "#c7defc"],
  ["Green", "#c8ebd2"],
  ["Grey", "#e4e7ec"],
];
const WIDTHS = [
  ["Thin", 2],
  ["Medium", 4],
  ["Thick", 8],
  ["Very thick", 16],
] as const;
const SIZES = [
  ["Small", 14],
  ["Medium", 20],
  ["Large", 32],
  ["Very large", 56],
] as const;
const DASHES = ["solid", "dashed", "dotted"] as const;
const OPACITIES = [
  ["Full", 1],
  ["Strong", 0.7],
  ["Half", 0.4],
  ["Faint", 0.2],
] as const;

type Part = "color" | "fill" | "width" | "dash" | "opacity" | "size";

/** What can be said of each kind of element. */
const PARTS: Record<BoardElement["type"], readonly Part[]> = {
  stroke: ["color", "width", "opacity"],
  line: ["color", "width", "dash", "opacity"],
  arrow: ["color", "width", "dash", "opacity"],
  connector: ["color", "width", "dash", "opacity"],
  rect: ["color", "fill", "width", "dash", "size", "opacity"],
  ellipse: ["color", "fill", "width", "dash", "size", "opacity"],
  text: ["color", "size", "opacity"],
  sticky: ["fill", "color", "size"],
  image: ["opacity"],
  frame: [],
};

function partsOf(types: readonly BoardElement["type"][]): Part[] {
  const [first, ...rest] = types;
  if (!first) return [];
  return PARTS[first].filter((part) => rest.every((type) => PARTS[type].includes(part)));
}

function typeOfTool(tool: ToolName): BoardElement["type"] | null {
  if (tool === "pen" || tool === "highlighter") return "stroke";
  return tool in PARTS ? (tool as BoardElement["type"]) : null;
}

interface Props {
  editor: Editor;
  onAct: (act: Act) => void;
}

export function StyleBar({ editor, onAct }: Props): JSX.Element | null {
  const chosen = editor.selected.value;
  const tool = editor.tool.value;
  void editor.changes.value;
  if (!editor.mayEdit) return null;
  const toolType = typeOfTool(tool);
  const types = chosen.length > 0 ? chosen.map(({ type }) => type) : toolType ? [toolType] : [];
  if (types.length === 0) return null;
  const isLocked = chosen.some(({ locked }) => locked);
  const [first] = chosen;
  const like: Pick<BoardElement, "style" | "type"> = first ?? {
    type: types[0] ?? "rect",
    style: editor.styles.of(tool),
  };
  const set = (style: StyleChange) => editor.restyle(style);
  return (
    <div class="board-style" role="toolbar" aria-label={chosen.length > 0 ? "Selection" : "Style"}>
      {!isLocked &&
        partsOf(types).map((part) => <PartButton key={part} part={part} like={like} onChoose={set} />)}
      {chosen.length > 0 && <SelectionMenu editor={editor} elements={chosen} onAct={onAct} />}
    </div>
  );
}

interface PartProps {
  part: Part;
  like: Pick<BoardElement, "style" | "type">;
  onChoose: (style: StyleChange) => void;
}

function PartButton({ part, like, onChoose }: PartProps): JSX.Element {
  switch (part) {
    case "color":
      return (
        <Choices label="Colour" sign={<span class="dot" style={{ background: colorOf(like) }} />} columns={5}>
          {COLORS.map(([name, color]) => (
            <Swatch
              key={color}
              label={name}
              color={color}
              chosen={colorOf(like) === color}
              onChoose={() => onChoose({ color })}
            />
          ))}
        </Choices>
      );
    case "fill": {
      const fill = fillOf(like);
      return (
        <Choices
          label="Fill"
          sign={<span class={fill ? "square" : "square none"} style={fill ? { background: fill } : {}} />}
          columns={5}
        >
          {like.type !== "sticky" && (
            <Swatch
              label="None"
              color={null}
              chosen={fill === null}
              onChoose={() => onChoose({ fill: undefined })}
            />
          )}
          {FILLS.map(([name, color]) => (
            <Swatch
              key={color}
              label={name}
              color={color}
              chosen={fill === color}
              onChoose={() => onChoose({ fill: color })}
            />
          ))}
        </Choices>
      );
    }
    case "width":
      return (
        <Choices
          label="Width"
          sign={<span class="bar" style={{ height: `${Math.min(14, widthOf(like))}px` }} />}
        >
          {WIDTHS.map(([name, width]) => (
            <Option
              key={width}
              label={name}
              chosen={widthOf(like) === width}
              onChoose={() => onChoose({ width })}
            >
              <span class="bar" style={{ height: `${width}px` }} />
            </Option>
          ))}
        </Choices>
      );
    case "dash":
      return (
        <Choices label="Line" sign={<Glyph name="dash" />}>
          {DASHES.map((dash) => (
            <Option
              key={dash}
              label={`${dash[0]?.toUpperCase()}${dash.slice(1)}`}
              chosen={(like.style?.dash ?? "solid") === dash}
              onChoose={() => onChoose({ dash })}
            >
              <span class={`line ${dash}`} />
            </Option>
          ))}
        </Choices>
      );
    case "size":
      return (
        <Choices label="Text size" sign={<span class="letter">A</span>}>
          {SIZES.map(([name, size]) => (
            <Option
              key={size}
              label={name}
              chosen={sizeOf(like) === size}
              onChoose={() => onChoose({ size })}
            >
              <span style={{ fontSize: `${Math.min(30, 10 + size / 2.6)}px`, lineHeight: 1 }}>A</span>
            </Option>
          ))}
        </Choices>
      );
    case "opacity":
      return (
        <Choices label="Opacity" sign={<Glyph name="opacity" />}>
          {OPACITIES.map(([name, opacity]) => (
            <Option
              key={opacity}
              label={name}
              chosen={(like.style?.opacity ?? 1) === opacity}
              onChoose={() => onChoose({ opacity })}
            >
              <span class="dot" style={{ background: "currentcolor", opacity }} />
            </Option>
          ))}
        </Choices>
      );
  }
}

/** A button that shows what can be chosen. */
export function Choices(props: {
  label: string;
  sign: JSX.Element;
  columns?: number;
  children: ComponentChildren;
}): JSX.Element {
  const open = useSignal(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (!open.value) return;
    const chosen = root.current?.querySelector<HTMLElement>(".board-choices [aria-checked=true]");
    (chosen ?? root.current?.querySelector<HTMLElement>(".board-choices button"))?.focus();
  }, [open.value]);
  useEffect(() => {
    if (!open.value) return;
    const outside = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) open.value = false;
    };
    addEventListener("pointerdown", outside, true);
    return () => removeEventListener("pointerdown", outside, true);
  }, [open.value]);
  const onKey = (event: KeyboardEvent) => {
    if (!open.value) return;
    const choices = [...(root.current?.querySelectorAll<HTMLElement>(".board-choices button") ?? [])];
    const at = choices.indexOf(document.activeElement as HTMLElement);
    const across = props.columns ?? 1;
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across }[event.key];
    if (event.key === "Escape") {
      open.value = false;
      button.current?.focus();
    } else if (by !== undefined) choices[Math.max(0, Math.min(choices.length - 1, at + by))]?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys belong to the choices inside
    <div class="board-choice" ref={root} onKeyDown={onKey}>
      <button
        type="button"
        class="board-tool"
        ref={button}
        aria-label={props.label}
        aria-haspopup="true"
        aria-expanded={open.value}
        data-tip={props.label}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        {props.sign}
      </button>
      {open.value && (
        // biome-ignore lint/a11y/useKeyWithClickEvents: a click on a choice closes; keys arrive as clicks
        <div
          class="board-choices"
          role="radiogroup"
          aria-label={props.label}
          style={{ gridTemplateColumns: `repeat(${props.columns ?? 1}, auto)` }}
          onClick={() => {
            open.value = false;
            button.current?.focus();
          }}
        >
          {props.children}
        </div>
      )}
    </div>
  );
}

function Swatch(props: {
  label: string;
  color: string | null;
  chosen: boolean;
  onChoose: () => void;
}): JSX.Element {
  const { label, color, chosen, onChoose } = props;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a radio button could not be pressed a second time
    <button
      type="button"
      class={color === null ? "swatch none" : "swatch"}
      role="radio"
      aria-checked={chosen}
      aria-label={label}
      title={label}
      style={color === null ? {} : { background: color }}
      onClick={onChoose}
    />
  );
}

function Option(props: {
  label: string;
  chosen: boolean;
  onChoose: () => void;
  children: ComponentChildren;
}): JSX.Element {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a radio button could not be pressed a second time
    <button
      type="button"
      class="board-option"
      role="radio"
      aria-checked={props.chosen}
      onClick={props.onChoose}
    >
      <span class="sample" aria-hidden="true">
        {props.children}
      </span>
      {props.label}
    </button>
  );
}
