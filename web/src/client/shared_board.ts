/**
 * One board as everybody works on it: what the server has, and over it what is of ours and not acknowledged yet.
 *
 * Own values win until they are acknowledged (protocol, section 3, whiteboard): so nothing that one draws flickers, and
 * once all is acknowledged everybody has the same. Without a connection one goes on; what was made is sent later.
 */

import {
  type BoardElement,
  type Change,
  Elements,
  FIRST_PAGE,
  inOrder,
  type Page,
  type Properties,
  put,
  same,
} from "./board_elements";
import { WaitingChanges } from "./board_pending";
import { BoardUndo } from "./board_undo";
import type { Link, Message } from "./channels";
import { Emitter } from "./emitter";
import { type Submission, Topic } from "./topic";

export interface SharedBoardEvents {
  /** These elements look different, came or went; null: look at everything. */
  changed: { ids: ReadonlySet<string> | null };
  pages: object;
  /** `state`, `saved`, `canUndo` or `canRedo` is different. */
  state: object;
  /** The server did not take a change; it is taken back. `code` is one of the protocol. */
  refused: { code: string };
}

export type BoardState = "opening" | "open" | "offline" | "closed";

export interface SharedBoardOptions {
  id: string;
  link: Link;
  /** Random, new at each page load. */
  client: string;
  fetch: (url: string) => Promise<Record<string, unknown>>;
  /** The longest message the server takes. */
  messageBytes: () => number;
}

/** Changes on their way, as they were sent. */
interface InFlight {
  readonly changes: readonly Change[];
}

const MOST_IN_FLIGHT = 8;
// A shape that is dragged changes with every frame; nobody sees more than this, and each is stored.
const SEND_EVERY_MS = 80;
/** Of a message, for what stands around its changes. */
const ENVELOPE_BYTES = 1_024;

export class SharedBoard {
  private readonly events = new Emitter<SharedBoardEvents>();
  private readonly topic: Topic;
  private readonly steps = new BoardUndo();
  /** What the server has. */
  private confirmed = new Elements();
  /** What is shown. */
  private readonly shown = new Map<string, BoardElement>();
  /** As they were when they went: they may be restored before the server says what they are. */
  private readonly last = new Map<string, BoardElement>();
  private shownPages: readonly Page[] = [];
  private gonePages: readonly Page[] = [];
  private readonly inFlight = new Map<Submission, InFlight>();
  private readonly waiting = new WaitingChanges();
  /** Acknowledged, and nobody said whether they had an effect: the content that comes next does. */
  private unsure: Change[] = [];
  private sendTimer: ReturnType<typeof setTimeout> | null = null;
  private sentAt = Number.NEGATIVE_INFINITY;
  private loaded = false;
  private why = "";

  constructor(private readonly options: SharedBoardOptions) {
    const { link, client, fetch, id } = options;
    this.topic = new Topic(
      { link, client, name: { board: id }, gapless: true, fetch },
      {
        content: (message, anew) => this.take(message, anew),
        event: (message) => this.hear(message),
        settled: (submission, _, ack) => this.settle(submission, ack),
        refused: (submission, code) => this.refuse(submission, code),
        closed: (reason) => {
          this.why = reason;
          this.events.emit("state", {});
        },
      },
    );
    if (link.isUp) this.topic.open();
  }

  get id(): string {
    return this.options.id;
  }

  get state(): BoardState {
    if (this.why !== "") return "closed";
    if (this.topic.isOpen) return "open";
    return this.loaded ? "offline" : "opening";
  }

  /** Why it is closed: a code of the protocol; else "". */
  get closedBecause(): string {
    return this.why;
  }

  /** Nothing waits to be stored. */
  get saved(): boolean {
    return this.inFlight.size === 0 && this.waiting.all.length === 0;
  }

  get version(): number {
    return this.topic.version ?? 0;
  }

  /** By id; what is shown, on all pages. */
  get elements(): ReadonlyMap<string, BoardElement> {
    return this.shown;
  }

  /** In their order; at least one once the board is open. */
  get pages(): readonly Page[] {
    return this.shownPages;
  }

  /** Pages that were deleted, with all that is on them: they can be brought back. */
  get deletedPages(): readonly Page[] {
    return this.gonePages;
  }

  get canUndo(): boolean {
    return this.steps.canUndo;
  }

  get canRedo(): boolean {
    return this.steps.canRedo;
  }

  /** Calls `listener` for every event of that name; returns the call that stops it. */
  on<Name extends keyof SharedBoardEvents>(
    name: Name,
    listener: (event: SharedBoardEvents[Name]) => void,
  ): () => void {
    return this.events.on(name, listener);
  }

  /** Makes changes, together. Those with one `gesture` are undone together. */
  change(changes: readonly Change[], gesture: string | null = null): void {
    if (changes.length === 0) return;
    const before = new Map(changes.map(({ id }) => [id, this.shown.get(id)]));
    this.make(changes);
    this.steps.note(
      changes,
      (id) => before.get(id),
      (id) => this.shown.get(id),
      gesture,
    );
    this.events.emit("state", {});
  }

  undo(): void {
    this.make(this.steps.undo((id) => this.shown.get(id)));
    this.events.emit("state", {});
  }

  redo(): void {
    this.make(this.steps.redo((id) => this.shown.get(id)));
    this.events.emit("state", {});
  }

  /** Ends delivery; the object is of no use afterwards. */
  close(): void {
    const { link, id } = this.options;
    this.flush();
    if (this.topic.isOpen) link.send({ t: "close", board: id });
    this.down();
    this.why ||= "left";
  }

  // --- for `Boards`, which has the link ----------------------------------------------------------------

  up(): void {
    if (this.why === "") this.topic.open();
  }

  down(): void {
    this.topic.lost();
    if (this.sendTimer !== null) clearTimeout(this.sendTimer);
    this.sendTimer = null;
    this.events.emit("state", {});
  }

  /** False if the message is not about this board. */
  heard(message: Message): boolean {
    return this.topic.hear(message);
  }

  // --- own changes -------------------------------------------------------------------------------------

  private make(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    for (const change of changes) this.waiting.add(change);
    this.refresh(changes);
    this.sendSoon();
  }

  private sendSoon(): void {
    if (this.sendTimer !== null) return;
    const due = this.sentAt + SEND_EVERY_MS - performance.now();
    if (due <= 0) this.flush();
    else
      this.sendTimer = setTimeout(() => {
        this.sendTimer = null;
        this.flush();
      }, due);
  }

  private flush(): void {
    const most = this.options.messageBytes() - ENVELOPE_BYTES;
    while (this.topic.isOpen && this.inFlight.size < MOST_IN_FLIGHT && this.waiting.all.length > 0) {
      const changes = this.waiting.take(most);
      this.sentAt = performance.now();
      this.inFlight.set(this.topic.submit({ t: "submit", changes }), { changes });
    }
  }

  private settle(submission: Submission, ack: Message | null): void {
    const own = this.inFlight.get(submission);
    this.inFlight.delete(submission);
    if (!own) return;
    if (ack && tells(ack)) {
      for (const change of committed(own.changes, ack)) this.confirmed.apply(change);
      this.refresh(own.changes);
    } else {
      // Without an ack, or with one that is given again from storage and does not say what became of the changes, the
      // content that comes next has those that had an effect.
      this.unsure.push(...own.changes);
      if (ack) this.topic.open();
    }
    this.flush();
    this.events.emit("state", {});
  }

  private refuse(submission: Submission, code: string): void {
    const own = this.inFlight.get(submission);
    this.inFlight.delete(submission);
    if (own) this.refresh(own.changes);
    this.events.emit("refused", { code });
    this.events.emit("state", {});
    this.flush();
  }

  // --- what the server says ----------------------------------------------------------------------------

  private take(message: Message, anew: boolean): void {
    this.why = "";
    this.loaded = true;
    if (message.t === "snapshot") {
      this.confirmed = elementsOf(message);
      if (anew) this.steps.clear();
      this.refreshAll();
    } else {
      const changes = listOf(message.changes).flatMap((one) => changesOf(one));
      for (const change of changes) this.confirmed.apply(change);
      this.refresh([...changes, ...this.unsure]);
    }
    this.unsure = [];
    this.sendSoon();
    this.events.emit("state", {});
  }

  private hear(message: Message): void {
    if (message.t !== "change") return;
    const changes = changesOf(message);
    for (const change of changes) this.confirmed.apply(change);
    this.refresh(changes);
  }

  // --- what is shown -----------------------------------------------------------------------------------

  private *pending(): Generator<Change> {
    for (const { changes } of this.inFlight.values()) yield* changes;
    yield* this.waiting.all;
  }

  /** Shows anew what these changes are about. */
  private refresh(changes: readonly Change[]): void {
    const ids = new Set<string>();
    let pages = false;
    for (const change of changes) {
      if (change.op === "page") pages = true;
      else ids.add(change.id);
    }
    this.show(ids);
    if (pages) this.refreshPages();
    if (ids.size > 0) this.events.emit("changed", { ids });
  }

  private refreshAll(): void {
    this.show(new Set([...this.shown.keys(), ...this.confirmed.alive.keys()]));
    this.show(new Set([...this.pending()].filter(({ op }) => op !== "page").map(({ id }) => id)));
    this.refreshPages();
    this.events.emit("changed", { ids: null });
  }

  private show(ids: ReadonlySet<string>): void {
    const own = new Map<string, Change[]>();
    for (const change of this.pending()) {
      if (change.op === "page" || !ids.has(change.id)) continue;
      const list = own.get(change.id);
      if (list) list.push(change);
      else own.set(change.id, [change]);
    }
    for (const id of ids) this.showOne(id, own.get(id) ?? []);
  }

  private showOne(id: string, own: readonly Change[]): void {
    let element = this.confirmed.alive.get(id);
    let gone = this.confirmed.gone.get(id);
    for (const change of own) {
      if (change.op === "put") {
        if (element || (change.props.type && !gone)) element = put(element, id, change.props);
      } else if (change.op === "delete") {
        gone = element ?? gone;
        element = undefined;
      } else if (change.op === "restore") element ??= gone ?? this.last.get(id);
    }
    const before = this.shown.get(id);
    if (!element) {
      if (before) this.last.set(id, before);
      this.shown.delete(id);
    } else if (!before || !alike(before, element)) this.shown.set(id, element);
  }

  private refreshPages(): void {
    const all = new Elements();
    for (const page of this.confirmed.pages.values()) all.pages.set(page.id, page);
    for (const page of this.confirmed.gonePages.values()) all.gonePages.set(page.id, page);
    for (const change of this.pending()) if (change.op === "page") all.apply(change);
    this.shownPages = [...all.pages.values()].sort(inOrder);
    this.gonePages = [...all.gonePages.values()].sort(inOrder);
    this.events.emit("pages", {});
  }
}

/** Whether two elements are the same in every property; what is large is compared by identity. */
function alike(a: BoardElement, b: BoardElement): boolean {
  const [x, y] = [a as unknown as Record<string, unknown>, b as unknown as Record<string, unknown>];
  const names = Object.keys(x);
  if (names.length !== Object.keys(y).length) return false;
  return names.every((name) => (name === "points" ? x[name] === y[name] : same(x[name], y[name])));
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "object" && one !== null) : [];
}

function changesOf(message: Record<string, unknown>): Change[] {
  return listOf(message.changes).filter((one) => typeof one.id === "string") as unknown as Change[];
}

/** Whether an ack says what became of the changes. */
function tells(ack: Message): boolean {
  return Array.isArray(ack.ignored) || Array.isArray(ack.changes);
}

/** What became of changes, as their ack says: it is long where the server had to send them whole. */
function committed(changes: readonly Change[], ack: Message): Change[] {
  if (Array.isArray(ack.changes)) return changesOf(ack);
  // By place: of two changes of one element, a deletion and what came too late for it, one may have had an effect.
  const ignored = new Set(Array.isArray(ack.ignored_at) ? ack.ignored_at : []);
  const restored = new Map(listOf(ack.restored).map((one) => [one.id, one.props as Properties]));
  return changes
    .filter((_, place) => !ignored.has(place))
    .map((change) => {
      const props = change.op === "restore" ? restored.get(change.id) : undefined;
      return props ? { op: "restore", id: change.id, props } : change;
    });
}

function elementsOf(message: Message): Elements {
  const elements = new Elements();
  for (const page of listOf(message.pages)) {
    if (typeof page.id === "string") elements.apply({ ...page, op: "page" } as Change);
  }
  if (elements.pages.size === 0) elements.apply({ op: "page", id: FIRST_PAGE });
  for (const one of listOf(message.elements)) {
    if (typeof one.id === "string") elements.alive.set(one.id, one as unknown as BoardElement);
  }
  return elements;
}
