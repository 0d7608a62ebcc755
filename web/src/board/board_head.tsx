/** Above a board: its name, whether all is stored, who is there, and what can be done with the whole. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Glyph, GlyphButton } from "../room/glyphs";
import { Icon } from "../room/icons";
import { Choice, Item, Menu } from "../room/menu";
import type { Person } from "../room/room_model";
import { stateWords } from "./board_words";
import type { Editor } from "./editor";

export type Format = "png" | "svg" | "pdf" | "json";

interface Props {
  editor: Editor;
  title: string;
  people: readonly Person[];
  /** Null: not for this person. */
  onRename: (() => void) | null;
  onShare: (() => void) | null;
  onExport: (format: Format) => void;
  onImport: () => void;
  onHelp: () => void;
  onClose: (() => void) | null;
}

const FORMATS: readonly (readonly [Format, string])[] = [
  ["png", "Save as PNG"],
  ["svg", "Save as SVG"],
  ["pdf", "Save as PDF"],
  ["json", "Save as JSON"],
];

export function BoardHead(props: Props): JSX.Element {
  const { editor, title, people, onRename, onShare, onExport, onImport, onHelp, onClose } = props;
  const others = people.filter(({ self }) => !self);
  const followed = editor.following.value;
  const name = people.find(({ id }) => id === followed)?.name;
  return (
    <div class="board-head">
      <h2 class="clipped">
        <bdi>{title || "Board"}</bdi>
      </h2>
      <State editor={editor} />
      <span class="gap" />
      {!editor.mayEdit && <span class="board-note">You may look, not draw</span>}
      {followed !== null && (
        <button type="button" class="button small following" onClick={() => editor.follow(null)}>
          <Glyph name="eye" />
          <span class="clipped">Following {name ?? "somebody"}: stop</span>
        </button>
      )}
      {others.length > 0 && followed === null && (
        <Menu label="Follow somebody" class="button quiet small icon-only" icon={<Glyph name="eye" />}>
          {others.map((person) => (
            <Item key={person.id} onChoose={() => editor.follow(person.id)}>
              Follow <bdi>{person.name}</bdi>
            </Item>
          ))}
        </Menu>
      )}
      {onShare && (
        <GlyphButton
          glyph="share"
          class="button quiet small icon-only"
          label="Share"
          title="Share"
          onClick={onShare}
        />
      )}
      <Menu label="Board" class="button quiet small icon-only" icon="more">
        <Choice
          chosen={editor.grid.value}
          onChoose={() => {
            editor.grid.value = !editor.grid.peek();
          }}
        >
          Grid
        </Choice>
        <Item onChoose={() => editor.fit()}>Show everything</Item>
        <hr />
        {FORMATS.map(([format, words]) => (
          <Item key={format} onChoose={() => onExport(format)}>
            {words}
          </Item>
        ))}
        {editor.mayEdit && <Item onChoose={onImport}>Add a file…</Item>}
        {onRename && <Item onChoose={onRename}>Rename the board</Item>}
        <hr />
        <Item shortcut="?" onChoose={onHelp}>
          Keys of the board
        </Item>
      </Menu>
      {onClose && (
        <button type="button" class="button quiet small icon-only" aria-label="Close board" onClick={onClose}>
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}

function State({ editor }: { editor: Editor }): JSX.Element {
  const words = useSignal(stateWords(editor.board.state, editor.board.saved));
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const tell = () => {
      timer = null;
      words.value = stateWords(editor.board.state, editor.board.saved);
    };
    // With every stroke it would flicker.
    const stop = editor.board.on("state", () => {
      timer ??= setTimeout(tell, editor.board.state === "open" && !editor.board.saved ? 600 : 100);
    });
    tell();
    return () => {
      stop();
      if (timer !== null) clearTimeout(timer);
    };
  }, [editor]);
  return (
    <p class="board-state" role="status">
      {words.value}
    </p>
  );
}
