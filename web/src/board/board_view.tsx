/** One board with everything around it. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { RequestError } from "../client";
import type { Boards } from "../client/boards";
import type { Person } from "../room/room_model";
import { ShareDialog } from "../share/share_dialog";
import { TitleDialog } from "../topics/title_dialog";
import type { Who } from "./above";
import { act, command } from "./acts";
import { addPicture, addText, copy, ELEMENTS, paste, place } from "./adding";
import { BoardCanvas } from "./board_canvas";
import { BoardFoot } from "./board_foot";
import { BoardHead, type Format } from "./board_head";
import { closedWords, pictureWords, problemWords, refusedWords } from "./board_words";
import type { Editor } from "./editor";
import { HelpSheet } from "./help_sheet";
import { meaningOf } from "./keys";
import { Outline } from "./outline";
import type { Painter } from "./painter";
import type { Pictures } from "./pictures";
import type { PointerInput } from "./pointer_input";
import type { Act } from "./selection_menu";
import { StyleBar } from "./style_bar";
import { TextField } from "./text_field";
import type { Tool, ToolName } from "./tool";
import { Toolbar } from "./toolbar";
import { toBoard } from "./view";

export interface BoardViewProps {
  editor: Editor;
  boards: Boards;
  tools: Record<ToolName, Tool>;
  pictures: Pictures;
  title: string;
  people: readonly Person[];
  who: Who;
  onTell: (words: string) => void;
  /** Whether one may rename it, and give others a link to it. */
  mayManage: boolean;
  onPainter: (painter: Painter) => void;
  /** Null where there is nothing to go back to. */
  onClose: (() => void) | null;
}

const NUDGE = 1;
const NUDGE_FAR = 10;
const PICTURES = "image/png,image/jpeg,image/webp,image/gif";

export function BoardView(props: BoardViewProps): JSX.Element {
  const { editor, boards, tools, pictures, title, people, who, mayManage, onTell, onPainter, onClose } =
    props;
  const root = useRef<HTMLElement>(null);
  const input = useRef<PointerInput | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const help = useSignal(false);
  const sharing = useSignal(false);
  const renaming = useSignal(false);
  const closed = useSignal(editor.board.closedBecause);
  const nudges = useRef({ gesture: "", at: 0 });
  useEffect(() => {
    editor.focusBoard = () => root.current?.querySelector<HTMLElement>(".board-canvas")?.focus();
    // Whoever opens a board means it: its keys are heard at once.
    editor.focusBoard();
    const stop = [
      editor.board.on("refused", ({ code }) => onTell(refusedWords(code))),
      editor.board.on("state", () => {
        closed.value = editor.board.closedBecause;
        if (editor.board.state === "open") pictures.retry();
      }),
      editor.live.on("viewport", ({ viewport }) => {
        if (viewport.participant === editor.following.peek()) editor.follow(viewport.participant);
      }),
    ];
    return () => {
      for (const one of stop) one();
    };
  }, [editor]);

  const addFiles = async (files: readonly File[], at = place(editor)) => {
    for (const one of files) {
      try {
        if (one.type.startsWith("image/") && one.type !== "image/svg+xml")
          await addPicture(editor, boards, pictures, one, at);
        else await boards.import(editor.board.id, one, editor.page.peek());
      } catch (error) {
        onTell(pictureWords(error instanceof RequestError ? error.code : "bad_message"));
      }
    }
  };
  const perform = (name: Act) => {
    if (name === "copy") document.execCommand("copy");
    else act(editor, name);
  };
  const save = async (format: Format) => {
    try {
      const blob = await boards.export(editor.board.id, format, editor.page.peek());
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `${title || "board"}.${format}`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    } catch {
      onTell("The board could not be saved as a file. Try again in a moment.");
    }
  };
  const renamed = () => {
    renaming.value = false;
    editor.focusBoard();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (isField(event.target)) {
      event.stopPropagation();
      return;
    }
    if (onCanvasKey(event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  };
  const onCanvasKey = (event: KeyboardEvent): boolean => {
    if (event.key === " " && isCanvas(event.target)) {
      if (input.current) input.current.spaceHeld = true;
      return true;
    }
    if (event.key === "Escape") return stepBack();
    if (event.key.startsWith("Arrow") && isCanvas(event.target)) return nudge(event);
    if (event.key === "Enter" && !isCanvas(event.target)) return false;
    const meaning = meaningOf(event);
    if (!meaning) return false;
    if ("tool" in meaning) {
      if (editor.mayEdit || ["select", "hand", "laser"].includes(meaning.tool)) editor.take(meaning.tool);
    } else if (meaning.command === "help") help.value = true;
    else if (meaning.command === "picture") file.current?.click();
    else command(editor, meaning.command);
    return true;
  };
  const stepBack = (): boolean => {
    if (input.current?.cancel()) return true;
    if (editor.selection.peek().size > 0) editor.select([]);
    else if (editor.tool.peek() !== "select") editor.tool.value = "select";
    else return false;
    editor.keepsTool.value = false;
    return true;
  };
  const nudge = (event: KeyboardEvent): boolean => {
    const far = event.shiftKey ? NUDGE_FAR : NUDGE;
    const [dx, dy] = (
      { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] } as const
    )[event.key] ?? [0, 0];
    // Presses in a row are one step of undo.
    if (event.timeStamp - nudges.current.at > 800) nudges.current.gesture = editor.newGesture();
    nudges.current.at = event.timeStamp;
    if (editor.selection.peek().size > 0) editor.nudge(dx, dy, nudges.current.gesture);
    else {
      const view = editor.view.peek();
      editor.lookAt({ ...view, x: view.x + (dx * 8) / view.zoom, y: view.y + (dy * 8) / view.zoom });
    }
    return true;
  };
  const onCopy = (event: ClipboardEvent, cut: boolean) => {
    if (isField(event.target) || !event.clipboardData || !copy(editor, event.clipboardData)) return;
    event.preventDefault();
    if (cut) editor.delete();
  };
  const onPaste = (event: ClipboardEvent) => {
    const data = event.clipboardData;
    if (isField(event.target) || !data || !editor.mayEdit) return;
    event.preventDefault();
    if (paste(editor, data.getData(ELEMENTS))) return;
    if (data.files.length > 0) void addFiles([...data.files]);
    else if (data.getData("text/plain").trim()) addText(editor, data.getData("text/plain"), place(editor));
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    const canvas = root.current?.querySelector(".board-canvas")?.getBoundingClientRect();
    if (!canvas || !event.dataTransfer || !editor.mayEdit) return;
    const at = toBoard(editor.view.peek(), { x: event.clientX - canvas.left, y: event.clientY - canvas.top });
    void addFiles([...event.dataTransfer.files], at);
  };
  if (closed.value !== "" && closed.value !== "left") {
    return (
      <div class="lazy" role="alert">
        <p>{closedWords(closed.value)}</p>
        {onClose && (
          <button type="button" class="button small" onClick={onClose}>
            Close
          </button>
        )}
      </div>
    );
  }
  return (
    <section
      class="board"
      ref={root}
      aria-label="Board"
      onKeyDown={onKeyDown}
      onKeyUp={(event) => {
        if (event.key === " " && input.current) input.current.spaceHeld = false;
      }}
      onCopy={(event) => onCopy(event, false)}
      onCut={(event) => onCopy(event, true)}
      onPaste={onPaste}
      onDragOver={(event) => event.preventDefault()}
      onDrop={onDrop}
    >
      <BoardHead
        editor={editor}
        title={title}
        people={people}
        onRename={
          mayManage
            ? () => {
                renaming.value = true;
              }
            : null
        }
        onShare={
          mayManage
            ? () => {
                sharing.value = true;
              }
            : null
        }
        onExport={(format) => void save(format)}
        onImport={() => file.current?.click()}
        onHelp={() => {
          help.value = true;
        }}
        onClose={onClose}
      />
      <div class="board-place">
        <BoardCanvas
          editor={editor}
          tools={tools}
          pictures={pictures}
          who={who}
          onPainter={onPainter}
          onInput={(made) => {
            input.current = made;
          }}
        />
        <TextField editor={editor} />
        <Outline editor={editor} />
        <Toolbar editor={editor} onPicture={() => file.current?.click()} />
        <StyleBar editor={editor} onAct={perform} />
        <BoardFoot editor={editor} />
      </div>
      <input
        ref={file}
        type="file"
        hidden
        multiple
        accept={`${PICTURES},.excalidraw,.json,application/json`}
        aria-label="Add a file"
        onChange={(event) => {
          void addFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
      <p class="unseen" role="status" aria-live="polite">
        {editor.said.value}
      </p>
      {renaming.value && (
        <TitleDialog
          heading="Rename the board"
          label="Name"
          title={title}
          refused={problemWords}
          onClose={renamed}
          onRename={(to) => boards.rename(editor.board.id, to).then(renamed)}
        />
      )}
      {sharing.value && (
        <ShareDialog
          shared={{
            kind: "board",
            id: editor.board.id,
            http: (path, request) => boards.http(editor.board.id, path, request),
          }}
          onClose={() => {
            sharing.value = false;
            editor.focusBoard();
          }}
        />
      )}
      {help.value && (
        <HelpSheet
          onClose={() => {
            help.value = false;
            editor.focusBoard();
          }}
        />
      )}
    </section>
  );
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement;
}

function isCanvas(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.classList.contains("board-canvas");
}
