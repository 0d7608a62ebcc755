/** The tools, while a picture is drawn on. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Glyph, GlyphButton } from "../room/glyphs";
import { Icon } from "../room/icons";
import { Choice, Item, Menu } from "../room/menu";
import { Annotators } from "./annotators_menu";
import type { OverModel } from "./over_model";
import { COLOURS, type Ink, TOOLS, WIDTHS } from "./pens";
import { StampPicture } from "./stamp_picture";
import { STAMPS, type Stamp, stampOf } from "./stamps";

export function ToolBar({ over, track }: { over: OverModel; track: string }): JSX.Element {
  const { annotations } = over;
  const ink = over.ink.value;
  const stamp = stampOf(ink.stamp) ?? (STAMPS[0] as Stamp);
  const use = (change: Partial<Ink>) => {
    over.ink.value = { ...over.ink.peek(), ...change };
  };
  // It may stand over what one wants to draw on.
  const above = useSignal(false);
  const canUndo = useSignal(false);
  useEffect(() => {
    const look = () => {
      canUndo.value = annotations.canUndo(track);
    };
    look();
    return annotations.on("changed", look);
  }, [annotations, track]);
  return (
    <div
      class={above.value ? "mark-tools above" : "mark-tools"}
      role="toolbar"
      aria-label="Draw on the picture"
      onDblClick={(event) => event.stopPropagation()}
    >
      {TOOLS.map(({ name, words }) =>
        name === "stamp" ? (
          <Menu
            key={name}
            label={`Stamp: ${stamp.words}`}
            tip="Stamp"
            class={ink.tool === "stamp" ? "mark-tool on" : "mark-tool"}
            icon={<StampPicture stamp={stamp} />}
          >
            <div class="stamps">
              {STAMPS.map((one) => (
                <button
                  key={one.text}
                  type="button"
                  role="menuitemradio"
                  aria-checked={ink.tool === "stamp" && one === stamp}
                  aria-label={one.words}
                  title={one.words}
                  tabIndex={-1}
                  onClick={() => use({ tool: "stamp", stamp: one.text })}
                >
                  <StampPicture stamp={one} />
                </button>
              ))}
            </div>
          </Menu>
        ) : (
          <button
            key={name}
            type="button"
            class={ink.tool === name ? "mark-tool on" : "mark-tool"}
            aria-label={words}
            aria-pressed={ink.tool === name}
            title={words}
            onClick={() => use({ tool: name })}
          >
            <Glyph name={name} />
          </button>
        ),
      )}
      <span class="line" />
      <Menu
        label={`Colour: ${COLOURS.find(({ value }) => value === ink.color)?.words ?? ""}`}
        tip="Colour"
        class="mark-tool"
        icon={<span class="swatch" style={{ background: ink.color }} />}
      >
        {COLOURS.map(({ value, words }) => (
          <Choice key={value} chosen={ink.color === value} onChoose={() => use({ color: value })}>
            <span class="swatch" style={{ background: value }} /> {words}
          </Choice>
        ))}
        <hr />
        {WIDTHS.map(({ value, words }) => (
          <Choice key={value} chosen={ink.width === value} onChoose={() => use({ width: value })}>
            {words}
          </Choice>
        ))}
      </Menu>
      <GlyphButton
        glyph="fade"
        class={ink.fades ? "mark-tool on" : "mark-tool"}
        label="Marks fade after five seconds"
        aria-pressed={ink.fades}
        title={ink.fades ? "Marks fade" : "Marks stay"}
        onClick={() => use({ fades: !ink.fades })}
      />
      <span class="line" />
      <GlyphButton
        glyph="undo"
        class="mark-tool"
        label="Undo"
        title="Undo (Ctrl+Z)"
        aria-disabled={!canUndo.value}
        onClick={() => annotations.undo(track)}
      />
      {over.mayClear(track) ? (
        <Menu label="Clear" tip="Clear" class="mark-tool" icon={<Glyph name="trash" />}>
          <Item onChoose={() => annotations.clear(track, "own")}>My marks</Item>
          <Item danger onChoose={() => annotations.clear(track, "all")}>
            All marks
          </Item>
        </Menu>
      ) : (
        <GlyphButton
          glyph="trash"
          class="mark-tool"
          label="Clear my marks"
          title="Clear my marks"
          onClick={() => annotations.clear(track, "own")}
        />
      )}
      {over.isOurs(track) && <Annotators over={over} track={track} class="mark-tool" />}
      <GlyphButton
        glyph="swap"
        class="mark-tool"
        label={above.value ? "Tools below" : "Tools above"}
        title="Move the tools"
        onClick={() => {
          above.value = !above.peek();
        }}
      />
      <button
        type="button"
        class="mark-tool"
        aria-label="Stop drawing"
        title="Stop drawing (Esc)"
        onClick={() => {
          over.drawingOn.value = null;
        }}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
