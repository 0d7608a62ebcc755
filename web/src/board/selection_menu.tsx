/** What can be done with what is selected. */

import type { JSX } from "preact";
import type { BoardElement } from "../client/board_elements";
import { Glyph, GlyphButton } from "../room/glyphs";
import { Item, Menu } from "../room/menu";
import type { Order, Side } from "./commands";
import type { Editor } from "./editor";

export type Act =
  | "duplicate"
  | "copy"
  | "delete"
  | "group"
  | "ungroup"
  | "lock"
  | "edit"
  | `order ${Order}`
  | `align ${Side}`
  | "spread across"
  | "spread down";

const ALIGN: readonly (readonly [Side, string])[] = [
  ["left", "Align left"],
  ["middle", "Align middles"],
  ["right", "Align right"],
  ["top", "Align tops"],
  ["centre", "Align centres"],
  ["bottom", "Align bottoms"],
];
const ORDER: readonly (readonly [Order, string, string])[] = [
  ["front", "To the front", "Ctrl ]"],
  ["forward", "Forward", "]"],
  ["backward", "Backward", "["],
  ["back", "To the back", "Ctrl ["],
];

interface Props {
  editor: Editor;
  elements: readonly BoardElement[];
  onAct: (act: Act) => void;
}

export function SelectionMenu({ editor, elements, onAct }: Props): JSX.Element {
  const isLocked = elements.some(({ locked }) => locked);
  const isGroup = elements.some(({ group }) => group !== undefined);
  void editor;
  return (
    <>
      {!isLocked && (
        <>
          <GlyphButton
            glyph="copy"
            class="board-tool"
            label="Duplicate"
            data-tip="Duplicate (Ctrl D)"
            onClick={() => onAct("duplicate")}
          />
          <GlyphButton
            glyph="trash"
            class="board-tool"
            label="Delete"
            data-tip="Delete (Del)"
            onClick={() => onAct("delete")}
          />
        </>
      )}
      {isLocked && (
        <GlyphButton
          glyph="lock"
          class="board-tool"
          label="Unlock"
          data-tip="Unlock"
          onClick={() => onAct("lock")}
        />
      )}
      {!isLocked && (
        <Menu label="More for the selection" class="board-tool" icon={<Glyph name="dots" />}>
          {elements.length > 1 &&
            ALIGN.map(([side, words]) => (
              <Item key={side} onChoose={() => onAct(`align ${side}`)}>
                {words}
              </Item>
            ))}
          {elements.length > 2 && (
            <>
              <Item onChoose={() => onAct("spread across")}>Equal gaps across</Item>
              <Item onChoose={() => onAct("spread down")}>Equal gaps down</Item>
            </>
          )}
          {elements.length > 1 && <hr />}
          {elements.length > 1 && !isGroup && (
            <Item shortcut="Ctrl G" onChoose={() => onAct("group")}>
              Group
            </Item>
          )}
          {isGroup && (
            <Item shortcut="Ctrl Shift G" onChoose={() => onAct("ungroup")}>
              Ungroup
            </Item>
          )}
          {ORDER.map(([order, words, shortcut]) => (
            <Item key={order} shortcut={shortcut} onChoose={() => onAct(`order ${order}`)}>
              {words}
            </Item>
          ))}
          <hr />
          <Item shortcut="Ctrl C" onChoose={() => onAct("copy")}>
            Copy
          </Item>
          <Item shortcut="Ctrl Shift L" onChoose={() => onAct("lock")}>
            Lock
          </Item>
        </Menu>
      )}
    </>
  );
}
