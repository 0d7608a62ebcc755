/** Below a board: undo, pages, zoom. */

import { useSignal } from "@preact/signals";
import { generateKeyBetween } from "fractional-indexing";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Glyph, GlyphButton } from "../room/glyphs";
import { Choice, Item, Menu } from "../room/menu";
import { TitleDialog } from "../topics/title_dialog";
import { problemWords } from "./board_words";
import type { Editor } from "./editor";
import { nextZoom } from "./view";

/** Of deleted pages in the menu. */
const MOST_DELETED = 8;

export function BoardFoot({ editor }: { editor: Editor }): JSX.Element {
  return (
    <div class="board-foot">
      {editor.mayEdit && <Steps editor={editor} />}
      <Pages editor={editor} />
      <span class="gap" />
      <WayBack editor={editor} />
      <span class="gap" />
      <Zoom editor={editor} />
    </div>
  );
}

/** Where one sees nothing, though there is something. */
function WayBack({ editor }: { editor: Editor }): JSX.Element | null {
  void editor.changes.value;
  void editor.view.value;
  if (editor.scene.count === 0 || editor.size.width === 0) return null;
  if (!editor.scene.within(editor.seen()).next().done) return null;
  return (
    <button
      type="button"
      class="board-pages"
      onClick={() => {
        editor.fit();
        editor.focusBoard();
      }}
    >
      Back to the drawing
    </button>
  );
}

function Steps({ editor }: { editor: Editor }): JSX.Element {
  const can = useSignal({ undo: editor.board.canUndo, redo: editor.board.canRedo });
  useEffect(
    () =>
      editor.board.on("state", () => {
        const { canUndo: undo, canRedo: redo } = editor.board;
        if (undo !== can.peek().undo || redo !== can.peek().redo) can.value = { undo, redo };
      }),
    [editor],
  );
  return (
    <div class="board-group">
      <GlyphButton
        glyph="undo"
        class="board-tool"
        label="Undo"
        data-tip="Undo (Ctrl Z)"
        aria-disabled={!can.value.undo}
        onClick={() => editor.undo()}
      />
      <GlyphButton
        glyph="redo"
        class="board-tool"
        label="Redo"
        data-tip="Redo (Ctrl Shift Z)"
        aria-disabled={!can.value.redo}
        onClick={() => editor.redo()}
      />
    </div>
  );
}

function Pages({ editor }: { editor: Editor }): JSX.Element {
  void editor.changes.value;
  const { pages } = editor.board;
  const renamed = useSignal<string | null>(null);
  const at = pages.findIndex(({ id }) => id === editor.page.value);
  const name = (index: number) => pages[index]?.title || `Page ${index + 1}`;
  const add = () => {
    const id = editor.newId();
    let z: string;
    try {
      z = generateKeyBetween(pages.at(-1)?.z || null, null);
    } catch {
      z = `${pages.at(-1)?.z ?? ""}V`;
    }
    editor.change([{ op: "page", id, title: "", z }]);
    editor.showPage(id);
  };
  const rename = (title: string) => {
    const page = pages.find(({ id }) => id === renamed.peek());
    if (page) editor.change([{ op: "page", id: page.id, title }]);
    done();
  };
  const done = () => {
    renamed.value = null;
    editor.focusBoard();
  };
  const remove = () => {
    const page = pages[at];
    // With a name: without one it is known by its place alone, which it loses.
    if (page) editor.change([{ op: "page", id: page.id, title: name(at), deleted: true }]);
  };
  const bringBack = (id: string) => {
    editor.change([{ op: "page", id, deleted: false }]);
    editor.showPage(id);
  };
  return (
    <>
      <Menu
        label={pages.length > 1 ? `Pages: ${name(at)} of ${pages.length}` : `Pages: ${name(at)}`}
        class="board-pages"
        icon={
          <>
            <span class="clipped">
              {name(at)}
              {pages.length > 1 && <small> of {pages.length}</small>}
            </span>
            <Glyph name="down" />
          </>
        }
      >
        {pages.map(({ id }, index) => (
          <Choice key={id} chosen={index === at} onChoose={() => editor.showPage(id)}>
            {name(index)}
          </Choice>
        ))}
        {editor.mayEdit && (
          <>
            <hr />
            <Item onChoose={add}>New page</Item>
            <Item
              onChoose={() => {
                renamed.value = pages[at]?.id ?? null;
              }}
            >
              Rename this page
            </Item>
            {pages.length > 1 && (
              <Item danger onChoose={remove}>
                Delete this page
              </Item>
            )}
            {editor.board.deletedPages.slice(0, MOST_DELETED).map(({ id, title }) => (
              <Item key={id} onChoose={() => bringBack(id)}>
                Bring back {title ? <bdi>{title}</bdi> : "a deleted page"}
              </Item>
            ))}
          </>
        )}
      </Menu>
      {renamed.value !== null && (
        <TitleDialog
          heading="Rename the page"
          label="Name"
          title={name(at)}
          refused={problemWords}
          onClose={done}
          onRename={rename}
        />
      )}
    </>
  );
}

function Zoom({ editor }: { editor: Editor }): JSX.Element {
  const { zoom } = editor.view.value;
  return (
    <div class="board-group">
      <GlyphButton
        glyph="minus"
        class="board-tool"
        label="Zoom out"
        data-tip="Zoom out (−)"
        onClick={() => editor.zoomTo(nextZoom(zoom, -1))}
      />
      <button
        type="button"
        class="board-percent"
        aria-label={`Zoom ${Math.round(zoom * 100)} %: back to 100 %`}
        data-tip="100 % (0)"
        onClick={() => editor.zoomTo(1)}
      >
        {Math.round(zoom * 100)} %
      </button>
      <GlyphButton
        glyph="plus"
        class="board-tool"
        label="Zoom in"
        data-tip="Zoom in (+)"
        onClick={() => editor.zoomTo(nextZoom(zoom, 1))}
      />
      <GlyphButton
        glyph="fit"
        class="board-tool"
        label="Show everything"
        data-tip="Show everything (1)"
        onClick={() => editor.fit()}
      />
    </div>
  );
}
