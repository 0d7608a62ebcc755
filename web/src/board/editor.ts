/**
 * One person at one board: what they see of it, what they chose, and what they do.
 *
 * Tools and buttons act on this; `board` carries what they do to the others.
 */

import { batch, computed, signal } from "@preact/signals";
import type { BoardElement, Change, StyleChange } from "../client/board_elements";
import { FIRST_PAGE } from "../client/board_elements";
import type { BoardLive } from "../client/board_live";
import type { SharedBoard } from "../client/shared_board";
import { copied, keyAbove, moved } from "./commands";
import { forgetLines, textHeight, textWidth } from "./draw";
import { encloses, middleOf, type Point, type Rect, unionOf } from "./geometry";
import { PADDING, sizeOf } from "./look";
import { Scene } from "./scene";
import { extent } from "./shape";
import type { Guide } from "./snapping";
import { StyleMemory } from "./style_memory";
import type { ToolName } from "./tool";
import { centred, type Edges, fitted, type Size, shown, type View, zoomed } from "./view";

export interface EditorOptions {
  board: SharedBoard;
  live: BoardLive;
  /** False: one only looks. */
  mayEdit: () => boolean;
  random: () => string;
}

export class Editor {
  readonly board: SharedBoard;
  readonly live: BoardLive;
  readonly tool = signal<ToolName>("select");
  /** A tool is kept after use, instead of going back to selecting. */
  readonly keepsTool = signal(false);
  readonly selection = signal<ReadonlySet<string>>(new Set());
  readonly page = signal(FIRST_PAGE);
  readonly view = signal<View>({ x: 0, y: 0, zoom: 1 });
  readonly grid = signal(false);
  /** The element whose text is being written. */
  readonly editing = signal<string | null>(null);
  /** The participant whose view one follows. */
  readonly following = signal<string | null>(null);
  /** Told to who cannot see it. */
  readonly said = signal("");
  readonly guides = signal<readonly Guide[]>([]);
  /** Counts what changed on the page, for what is computed from the elements. */
  readonly changes = signal(0);
  readonly styles = new StyleMemory();
  readonly scene: Scene;
  readonly selected = computed(() => {
    void this.changes.value;
    return [...this.selection.value].flatMap((id) => this.board.elements.get(id) ?? []);
  });
  size: Size = { width: 0, height: 0 };
  /** What bars hide of it. */
  edges: Edges = { left: 0, top: 0, right: 0, bottom: 0 };
  /** Told of parts of the board that look different; null: all of it. */
  onDamage: (rects: readonly Rect[] | null) => void = () => {};
  /** Told when something above the elements looks different. */
  onAbove: () => void = () => {};
  /** Gives the board the keyboard. */
  focusBoard: () => void = () => {};
  /** Where the pointer was last, in board units: there things are pasted. */
  pointer: Point | null = null;

  /** Where one's own laser was. */
  readonly trail: (Point & { at: number })[] = [];

  private readonly stop: (() => void)[];
  private fittedOnce = false;
  private lastGesture = 0;
  private wasOpen = false;

  constructor(private readonly options: EditorOptions) {
    this.board = options.board;
    this.live = options.live;
    this.scene = new Scene(() => this.board.elements);
    this.stop = [
      this.board.on("changed", ({ ids }) => this.boardChanged(ids)),
      this.board.on("pages", () => this.pagesChanged()),
      this.board.on("state", () => this.stateChanged()),
      this.live.on("strokes", () => this.onAbove()),
      this.live.on("pointers", () => this.onAbove()),
    ];
    this.pagesChanged();
    this.showPage(this.page.peek());
  }

  get mayEdit(): boolean {
    return this.options.mayEdit();
  }

  readonly look = (id: string): BoardElement | undefined => this.board.elements.get(id);

  newId(): string {
    return `e${this.options.random()}`;
  }

  newGesture(): string {
    this.lastGesture += 1;
    return `g${this.lastGesture}`;
  }

  close(): void {
    for (const stop of this.stop) stop();
  }

  // --- the board ---------------------------------------------------------------------------------------

  change(changes: readonly Change[], gesture: string | null = null): void {
    if (this.mayEdit) this.board.change(changes, gesture);
  }

  /** Adds an element above all others. */
  add(element: Omit<BoardElement, "page" | "z">, gesture: string | null = null): void {
    const { id, ...props } = element;
    const z = keyAbove(this.scene.elements);
    this.change([{ op: "put", id, props: { ...props, page: this.page.peek(), z } }], gesture);
  }

  undo(): void {
    if (this.mayEdit) this.board.undo();
    this.prune();
  }

  redo(): void {
    if (this.mayEdit) this.board.redo();
    this.prune();
  }

  /** Takes a tool in hand. What is selected stays so only for tools that do something with it. */
  take(tool: ToolName): void {
    this.written();
    if (tool !== "select" && tool !== "hand" && tool !== "laser") this.select([], false);
    this.tool.value = tool;
  }

  // --- what is selected --------------------------------------------------------------------------------

  /** What is in a group is selected together. */
  select(ids: Iterable<string>, words = true): void {
    const all = new Set<string>();
    for (const id of ids) {
      const group = this.look(id)?.group;
      if (group === undefined) all.add(id);
      else for (const one of this.scene.elements) if (one.group === group) all.add(one.id);
    }
    this.selection.value = all;
    if (words) this.said.value = selectionWords([...all].flatMap((id) => this.look(id) ?? []));
    this.onAbove();
  }

  /** Those that may be changed. */
  get movable(): BoardElement[] {
    return this.mayEdit ? this.selected.peek().filter(({ locked }) => !locked) : [];
  }

  selectAll(): void {
    this.select(this.scene.elements.filter(({ locked }) => !locked).map(({ id }) => id));
  }

  delete(): void {
    const gone = this.movable;
    if (gone.length === 0) return;
    const ids = new Set(gone.map(({ id }) => id));
    // A connector that holds on to nothing any more goes too.
    for (const one of this.scene.elements) {
      const ends = [one.from, one.to].filter((end) => end !== undefined);
      if (one.type === "connector" && ends.length > 0 && ends.every(({ element }) => ids.has(element)))
        ids.add(one.id);
    }
    this.change([...ids].map((id) => ({ op: "delete", id })));
    this.select([], false);
    this.said.value = gone.length === 1 ? "Deleted" : `${gone.length} elements deleted`;
  }

  duplicate(): void {
    this.paste(this.selected.peek(), { x: 24, y: 24 });
  }

  /** Adds copies of elements, moved by `offset`, and selects them. */
  paste(elements: readonly BoardElement[], offset: Point): void {
    const changes = copied(elements, this.page.peek(), offset, this.scene.elements, () => this.newId());
    if (!this.mayEdit || changes.length === 0) return;
    this.change(changes);
    this.select(changes.map(({ id }) => id));
  }

  nudge(dx: number, dy: number, gesture: string | null): void {
    this.change(moved(this.movable, dx, dy), gesture);
  }

  restyle(style: StyleChange): void {
    const chosen = this.movable;
    const props = Object.fromEntries(Object.entries(style).map(([key, value]) => [key, value ?? null]));
    this.change(chosen.map(({ id }) => ({ op: "put", id, props: { style: props } })));
    this.styles.remember(chosen.length === 1 ? chosen[0]?.type : undefined, this.tool.peek(), style);
    this.changes.value += 1;
    for (const { id } of chosen) this.fitText(id);
  }

  // --- text --------------------------------------------------------------------------------------------

  edit(id: string): void {
    if (!this.mayEdit || this.look(id)?.locked) return;
    this.select([id], false);
    this.editing.value = id;
    this.damageOf(id);
  }

  write(id: string, text: string, gesture: string): void {
    this.change([{ op: "put", id, props: { text } }], gesture);
    this.fitText(id, gesture);
  }

  /** Ends writing; a text without letters is none. */
  written(): void {
    const id = this.editing.peek();
    if (id === null) return;
    this.editing.value = null;
    const element = this.look(id);
    if (element?.type === "text" && !element.text?.trim()) this.change([{ op: "delete", id }]);
    this.damageOf(id);
    this.prune();
  }

  /** Makes an element as large as its text needs. */
  fitText(id: string, gesture: string | null = null): void {
    const element = this.look(id);
    if (!element?.box || (element.type !== "text" && element.type !== "sticky")) return;
    const [x, y, w, h, rotation] = element.box;
    let [width, height] = [w, h];
    if (element.type === "text") {
      // Written without a width of its own it grows with its longest line.
      if (!element.wrap) width = Math.max(sizeOf(element), Math.ceil(textWidth(element)) + 1);
      height = textHeight(element, width);
    } else height = Math.max(h, textHeight(element, w) + (PADDING.sticky ?? 0) / 2);
    if (width === w && height === h) return;
    this.change([{ op: "put", id, props: { box: [x, y, width, height, rotation] } }], gesture);
  }

  // --- what one sees -----------------------------------------------------------------------------------

  resize(size: Size): void {
    const before = this.size;
    this.size = size;
    if (before.width === 0) this.fitFirst();
    else this.keepMiddle(before);
    this.tellView();
  }

  lookAt(view: View, own = true): void {
    if (own) this.following.value = null;
    this.view.value = view;
    this.onAbove();
    if (own) this.tellView();
  }

  zoomTo(zoom: number): void {
    const middle = { x: this.size.width / 2, y: this.size.height / 2 };
    this.lookAt(zoomed(this.view.peek(), middle, zoom));
  }

  /** Shows everything; of an empty page its middle. */
  fit(): void {
    this.showRect(this.scene.extent);
  }

  fitSelection(): void {
    const rect = this.selectionRect();
    if (rect) this.showRect(rect);
  }

  /** The part of the board that one sees. */
  seen(): Rect {
    return shown(this.view.peek(), this.size);
  }

  /** Moves the view as little as shows an element. */
  bringIntoView(element: BoardElement): void {
    const rect = extent(element, this.look);
    if (encloses(this.seen(), rect)) return;
    const { zoom } = this.view.peek();
    const { width, height } = this.size;
    const fits = rect.w * zoom <= width && rect.h * zoom <= height;
    this.lookAt(fits ? centred(middleOf(rect), zoom, this.size) : fitted(rect, this.size, 1, this.edges));
  }

  /** The letters are there: what was measured with others is measured again. */
  lettersCame(): void {
    forgetLines();
    this.onDamage(null);
  }

  /** Shows others where one's pointer is. */
  point({ x, y }: Point, laser: boolean): void {
    this.live.point(Math.round(x * 10) / 10, Math.round(y * 10) / 10, this.page.peek(), laser);
  }

  /** Leaves light where one's own laser is. */
  shine({ x, y }: Point): void {
    this.trail.push({ x, y, at: performance.now() });
    this.onAbove();
  }

  selectionRect(): Rect | null {
    return unionOf(this.selected.peek().map((element) => extent(element, this.look)));
  }

  follow(participant: string | null): void {
    this.following.value = participant;
    const seen = participant === null ? null : this.live.viewportOf(participant);
    if (!seen) return;
    if (seen.page !== "" && seen.page !== this.page.peek()) this.showPage(seen.page);
    const { width, height } = this.size;
    const zoom =
      seen.width > 0 && seen.height > 0 ? Math.min(width / seen.width, height / seen.height) : seen.zoom;
    this.lookAt(centred(seen, zoom, this.size), false);
  }

  showPage(page: string): void {
    batch(() => {
      this.written();
      this.page.value = page;
      this.selection.value = new Set();
      this.scene.show(page);
      this.changes.value += 1;
    });
    this.onDamage(null);
    if (this.following.peek() === null) this.tellView();
  }

  tellView(): void {
    const { width, height } = this.size;
    const { x, y, zoom } = this.view.peek();
    if (width === 0) return;
    const seen = { width: width / zoom, height: height / zoom };
    this.live.see({
      page: this.page.peek(),
      x: x + seen.width / 2,
      y: y + seen.height / 2,
      zoom,
      width: seen.width,
      height: seen.height,
    });
  }

  private showRect(rect: Rect | null): void {
    this.lookAt(
      rect
        ? fitted(rect, this.size, 1, this.edges)
        : { x: -this.size.width / 2, y: -this.size.height / 2, zoom: 1 },
    );
  }

  private keepMiddle(before: Size): void {
    const { zoom, x, y } = this.view.peek();
    const middle = { x: x + before.width / 2 / zoom, y: y + before.height / 2 / zoom };
    this.view.value = centred(middle, zoom, this.size);
    this.onDamage(null);
  }

  private fitFirst(): void {
    if (this.fittedOnce || this.size.width === 0 || this.board.state === "opening") return;
    this.fittedOnce = true;
    const all = this.scene.extent;
    this.view.value = all
      ? fitted(all, this.size, 1, this.edges)
      : { x: -this.size.width / 2, y: -this.size.height / 2, zoom: 1 };
    this.onDamage(null);
  }

  private boardChanged(ids: ReadonlySet<string> | null): void {
    if (ids === null) {
      this.scene.show(this.page.peek());
      this.onDamage(null);
      this.fitFirst();
    } else this.onDamage(this.scene.update(ids));
    this.changes.value += 1;
    this.prune();
    this.onAbove();
  }

  /** Who comes, or comes back, says what they see: over a socket one hears of others only then. */
  private stateChanged(): void {
    const isOpen = this.board.state === "open";
    if (isOpen && !this.wasOpen) this.tellView();
    this.wasOpen = isOpen;
  }

  private pagesChanged(): void {
    const pages = this.board.pages;
    if (pages.length > 0 && !pages.some(({ id }) => id === this.page.peek()))
      this.showPage(pages[0]?.id ?? FIRST_PAGE);
    this.changes.value += 1;
  }

  /** What is gone is selected no more. */
  private prune(): void {
    const here = [...this.selection.peek()].filter((id) => this.look(id)?.page === this.page.peek());
    if (here.length !== this.selection.peek().size) this.selection.value = new Set(here);
    const editing = this.editing.peek();
    if (editing !== null && !this.look(editing)) this.editing.value = null;
  }

  private damageOf(id: string): void {
    const bounds = this.scene.boundsOf(id);
    if (bounds) this.onDamage([bounds]);
  }
}

const NAMES: Record<BoardElement["type"], string> = {
  stroke: "Stroke",
  line: "Line",
  arrow: "Arrow",
  rect: "Rectangle",
  ellipse: "Ellipse",
  text: "Text",
  sticky: "Note",
  image: "Picture",
  connector: "Connector",
  frame: "Frame",
};

const MOST_WORDS = 80;

/** An element as it is read out. */
export function elementWords(element: BoardElement): string {
  const text = element.text?.trim().replace(/\s+/g, " ") ?? "";
  const short = text.length > MOST_WORDS ? `${text.slice(0, MOST_WORDS)}…` : text;
  const lock = element.locked ? ", locked" : "";
  return short ? `${NAMES[element.type]}: ${short}${lock}` : `${NAMES[element.type]}${lock}`;
}

function selectionWords(elements: readonly BoardElement[]): string {
  const [first, ...rest] = elements;
  if (!first) return "Nothing selected";
  return rest.length === 0 ? `${elementWords(first)} selected` : `${elements.length} elements selected`;
}
