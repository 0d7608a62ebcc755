/** Quill and a shared document, kept the same in both directions. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type Quill from "quill/core";
import { Delta } from "quill/core";
import type QuillCursors from "quill-cursors/core";
import type { SharedDocument } from "../client/document";
import { keyName } from "./keys";
import { type Place, rangeOf, reveal, topOf } from "./quill_places";
import { forQuill, fromQuill, makeQuill } from "./quill_setup";

export type { Place } from "./quill_places";

/** Somebody else's cursor, as it is drawn. */
export interface ShownCursor extends Place {
  readonly id: string;
  readonly name: string;
  readonly colour: string;
}

export interface EditorEvents {
  /** Where the cursor is; null while it is elsewhere on the page. */
  selected: (place: Place | null) => void;
  /** Something was typed, and where the cursor is then, which no `selected` tells. */
  typed: (change: Delta, place: Place | null) => void;
  /** Somebody asked for it by keyboard. */
  comment: () => void;
  link: () => void;
  leave: () => void;
}

/** What the editor shows: another object whenever lines may have moved. */
export interface Look {
  readonly length: number;
  /** The formats at the cursor, or where it was in the text, by name. */
  readonly formats: Readonly<Record<string, unknown>>;
}

/** Keys with Ctrl (⌘ on a Mac), by what is held besides. */
const KEYS: Record<string, (editor: TextEditor, events: EditorEvents) => void> = {
  KeyZ: (editor) => editor.undo(),
  "shift KeyZ": (editor) => editor.redo(),
  KeyY: (editor) => editor.redo(),
  KeyK: (_, events) => events.link(),
  "alt KeyM": (_, events) => events.comment(),
  "alt Digit0": (editor) => editor.format("header", false),
  "alt Digit1": (editor) => editor.format("header", 1),
  "alt Digit2": (editor) => editor.format("header", 2),
  "alt Digit3": (editor) => editor.format("header", 3),
  "shift Digit7": (editor) => editor.toggle("list", "ordered"),
  "shift Digit8": (editor) => editor.toggle("list", "bullet"),
  "shift Digit9": (editor) => editor.toggle("list", "unchecked"),
  "shift KeyX": (editor) => editor.toggle("strike", true),
};

export class TextEditor {
  readonly quill: Quill;
  /** Lets changes of others come again; null while nothing is composed. */
  private release: (() => void) | null = null;
  private readonly stops: (() => void)[];
  private readonly shown = signal<Look>({ length: 1, formats: {} });

  constructor(
    element: HTMLElement,
    private readonly shared: SharedDocument,
    private readonly events: EditorEvents,
    options: { label: string; readOnly: boolean },
  ) {
    this.quill = makeQuill(element, options.label, {
      readOnly: options.readOnly,
      placeholder: "Write something…",
    });
    this.showAll();
    this.listen();
    this.stops = [
      shared.on("change", ({ delta, own }) => this.take(delta, own)),
      shared.on("replaced", () => this.showAll()),
    ];
  }

  /** Whether it may be typed into. */
  enable(enabled: boolean): void {
    this.quill.enable(enabled);
    this.quill.root.setAttribute("aria-readonly", String(!enabled));
  }

  /** Tells others that we are here: where the cursor was last, at the beginning if there was none. */
  arrive(): void {
    this.tellPlace(this.quill.selection.savedRange);
  }

  get selection(): Place | null {
    return this.quill.hasFocus() ? this.quill.getSelection() : null;
  }

  /** Whoever draws by it, and by `topOf` and `rangeOf`, draws again when it changes. */
  get look(): ReadonlySignal<Look> {
    return this.shown;
  }

  /** Lines may have moved: by a change, or because the page has another width. */
  moved(): void {
    const range = this.selection;
    const formats =
      range === null ? this.shown.peek().formats : this.quill.getFormat(range.index, range.length);
    this.shown.value = { length: this.quill.getLength(), formats };
  }

  /** Formats the selection, which may be empty: then what is typed next. */
  format(name: string, value: unknown): void {
    this.quill.format(name, value, "user");
    this.moved();
  }

  toggle(name: string, value: unknown): void {
    this.quill.focus({ preventScroll: true });
    this.moved();
    this.format(name, same(this.look.peek().formats[name], value) ? false : value);
  }

  /** Takes all formats from the selection. */
  clear(): void {
    const range = this.quill.getSelection(true);
    if (range) this.quill.removeFormat(range.index, range.length, "user");
    this.moved();
  }

  /** Makes text a link, or none (""); without a selection writes the address. */
  link(place: Place, address: string): void {
    if (place.length > 0) this.quill.formatText(place.index, place.length, "link", address || false, "user");
    else if (address !== "")
      this.quill.updateContents(new Delta().retain(place.index).insert(address, { link: address }), "user");
    this.select({ index: place.index + (place.length || address.length), length: 0 });
  }

  /** The link around a place: its address and where it stands. */
  linkAt(index: number): { address: string; place: Place } | null {
    const address = this.quill.getFormat(index, 0).link ?? this.quill.getFormat(index, 1).link;
    if (typeof address !== "string") return null;
    const has = (at: number) => at >= 0 && this.quill.getFormat(at, 1).link === address;
    let [start, end] = [index, index];
    while (has(start - 1)) start -= 1;
    while (has(end)) end += 1;
    return start < end ? { address, place: { index: start, length: end - start } } : null;
  }

  undo(): void {
    this.shared.undo();
  }

  redo(): void {
    this.shared.redo();
  }

  focus(): void {
    this.quill.focus();
  }

  select({ index, length }: Place): void {
    this.quill.setSelection(index, length, "user");
  }

  /** Brings a place into view; the cursor stays where it is. */
  reveal(place: Place): void {
    reveal(this.quill, place);
  }

  /** Where some text stands, in pixels from the top of the editor; null if it is not there. */
  topOf(place: Place): number | null {
    return this.look.value ? topOf(this.quill, place) : null;
  }

  /** The text as the browser's range. */
  rangeOf(place: Place): Range | null {
    return this.look.value ? rangeOf(this.quill, place) : null;
  }

  /** Draws the cursors of others. */
  showCursors(cursors: readonly ShownCursor[]): void {
    const module = this.quill.getModule("cursors") as QuillCursors;
    const present = new Set(cursors.map(({ id }) => id));
    for (const known of module.cursors()) if (!present.has(known.id)) module.removeCursor(known.id);
    const end = this.quill.getLength() - 1;
    for (const { id, name, colour, index, length } of cursors) {
      module.createCursor(id, name, colour);
      const start = Math.min(index, end);
      module.moveCursor(id, { index: start, length: Math.min(length, end - start) });
    }
  }

  close(): void {
    this.letGo();
    for (const stop of this.stops) stop();
    (this.quill.getModule("cursors") as QuillCursors).destroy();
  }

  private listen(): void {
    const { quill, events } = this;
    quill.on("text-change", (delta, _before, source) => {
      if (source === "user") {
        this.edit(fromQuill(delta));
        const place = quill.getSelection();
        this.tellPlace(place);
        events.typed(delta, place);
      }
      this.moved();
    });
    quill.on("selection-change", (range) => {
      this.tellPlace(range);
      this.moved();
      events.selected(range);
    });
    // A text that changes below an input method loses what is composed: changes of others wait.
    quill.on("composition-start", () => {
      this.release ??= this.shared.hold();
    });
    quill.on("composition-end", () => queueMicrotask(() => this.letGo()));
    quill.root.addEventListener("keydown", (event) => this.press(event));
    quill.root.addEventListener("click", (event) => {
      const link = event.target instanceof Element ? event.target.closest("a") : null;
      // In a text that can be written a plain click puts the cursor there.
      if (link && quill.isEnabled() && (event.ctrlKey || event.metaKey))
        open(link.href, "_blank", "noopener");
    });
    quill.root.addEventListener("beforeinput", (event) => {
      if (event.inputType !== "historyUndo" && event.inputType !== "historyRedo") return;
      event.preventDefault();
      if (event.inputType === "historyUndo") this.undo();
      else this.redo();
    });
  }

  private press(event: KeyboardEvent): void {
    if (event.key === "Escape" && !event.isComposing) this.events.leave();
    if (!event.ctrlKey && !event.metaKey) return;
    const act = KEYS[keyName(event)];
    if (act === undefined) return;
    event.preventDefault();
    act(this, this.events);
  }

  /** Something that was typed. */
  private edit(delta: Delta): void {
    try {
      this.shared.edit(delta);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // The editor is out of step: what the document has is right.
      this.showAll();
    }
    this.check();
  }

  /** A change of somebody else; or our own: then the cursor goes there. */
  private take(delta: Delta, own: boolean): void {
    const change = forQuill(delta);
    this.quill.updateContents(change, "api");
    if (own) this.select({ index: endOf(change), length: 0 });
    this.check();
  }

  private letGo(): void {
    const release = this.release;
    this.release = null;
    release?.();
  }

  /** Quill may see a text otherwise than it is (by formats it has no idea of); it never stays so. */
  private check(): void {
    if (this.release === null && this.quill.getLength() !== this.shared.content.length()) this.showAll();
  }

  private showAll(): void {
    const range = this.selection;
    this.quill.setContents(forQuill(this.shared.content), "api");
    this.moved();
    if (range) this.quill.setSelection(Math.min(range.index, this.quill.getLength() - 1), 0, "api");
  }

  private tellPlace(range: Place | null): void {
    if (range !== null) this.shared.setCursor(range.index, range.length);
  }
}

/** Behind the last thing that a change touches. */
function endOf(change: Delta): number {
  let [index, end] = [0, 0];
  for (const op of change.ops) {
    if (typeof op.retain === "number") {
      index += op.retain;
      if (op.attributes) end = index;
    } else if (op.insert !== undefined) {
      index += typeof op.insert === "string" ? op.insert.length : 1;
      end = index;
    } else end = index;
  }
  return end;
}

function same(one: unknown, other: unknown): boolean {
  // A task is a task, done or not.
  return one === other || (one === "checked" && other === "unchecked");
}
