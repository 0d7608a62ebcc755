/** What comes onto a board from elsewhere: pictures, texts, elements that were copied. */

import type { BoardElement } from "../client/board_elements";
import type { Boards } from "../client/boards";
import type { Editor } from "./editor";
import { middleOf, type Point, tidy, unionOf } from "./geometry";
import { LINE_HEIGHT, TEXT_SIZE } from "./look";
import { decoded, type Pictures } from "./pictures";
import { extent } from "./shape";

/** Elements on the clipboard, for this page alone. */
export const ELEMENTS = "application/x-sfumato-elements";
/** A picture comes no larger than this part of what one sees. */
const SHARE = 0.6;
const WIDEST_TEXT = 480;
/** Each paste of the same stands a little further. */
const STEP = 24;

/** Where things come to stand: under the pointer, else in the middle of what one sees. */
export function place(editor: Editor): Point {
  return editor.pointer ?? middleOf(editor.seen());
}

/** Throws `RequestError`, or what the browser throws for what is no picture. */
export async function addPicture(
  editor: Editor,
  boards: Boards,
  pictures: Pictures,
  file: Blob,
  at: Point,
): Promise<void> {
  const { bitmap, width, height } = await decoded(file);
  const sha256 = await boards.upload(file);
  pictures.keep(sha256, bitmap);
  const seen = editor.seen();
  const scale = Math.min(1, (seen.w * SHARE) / width, (seen.h * SHARE) / height);
  const [w, h] = [width * scale, height * scale];
  const id = editor.newId();
  const box = [tidy(at.x - w / 2), tidy(at.y - h / 2), tidy(w), tidy(h), 0] as const;
  editor.add({ id, type: "image", box, file: sha256 });
  editor.tool.value = "select";
  editor.select([id]);
}

export function addText(editor: Editor, text: string, at: Point): void {
  const id = editor.newId();
  // Half a character at the end is none.
  const lines = text
    .trim()
    .slice(0, 10_000)
    .replace(/\p{Surrogate}$/u, "");
  const long = lines.split("\n").some((line) => line.length > 60);
  const box = [tidy(at.x), tidy(at.y), long ? WIDEST_TEXT : TEXT_SIZE, TEXT_SIZE * LINE_HEIGHT, 0] as const;
  const style = editor.styles.of("text");
  const gesture = editor.newGesture();
  editor.add({ id, type: "text", box, text: lines, style, ...(long ? { wrap: true } : {}) }, gesture);
  editor.fitText(id, gesture);
  editor.select([id]);
}

/** For the clipboard: the elements, and what is written on them for everything else. */
export function copy(editor: Editor, data: DataTransfer): boolean {
  const elements = editor.selected.peek();
  if (elements.length === 0) return false;
  data.setData(ELEMENTS, JSON.stringify(elements));
  data.setData("text/plain", elements.flatMap(({ text }) => text ?? []).join("\n"));
  return true;
}

let pasted = { text: "", times: 0 };

/** Adds copied elements; false if these are none. */
export function paste(editor: Editor, text: string): boolean {
  const elements = readElements(text);
  if (elements.length === 0) return false;
  pasted = pasted.text === text ? { text, times: pasted.times + 1 } : { text, times: 1 };
  const rect = unionOf(
    elements.map((element) => extent(element, (id) => elements.find((one) => one.id === id))),
  );
  const middle = rect ? middleOf(rect) : { x: 0, y: 0 };
  const { pointer } = editor;
  const step = STEP * pasted.times;
  // Where it was, if one still sees that place; else where the pointer is.
  const seen = editor.seen();
  const near = rect && rect.x < seen.x + seen.w && rect.x + rect.w > seen.x && rect.y < seen.y + seen.h;
  const to = pointer ?? (near ? { x: middle.x + step, y: middle.y + step } : middleOf(seen));
  editor.paste(elements, { x: to.x - middle.x, y: to.y - middle.y });
  return true;
}

function readElements(text: string): BoardElement[] {
  try {
    const read: unknown = JSON.parse(text);
    return Array.isArray(read)
      ? read.filter((one) => typeof one?.id === "string" && typeof one.type === "string")
      : [];
  } catch {
    return [];
  }
}
