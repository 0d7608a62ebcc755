/**
 * Marks on what is shared (protocol, section 3, `annotations`): drawn on the picture of a track, in shares of it, so
 * that they lie on the same pixels however large it is shown. They end with the track.
 */

import type { Link, Message } from "./channels";
import { Emitter } from "./emitter";
import type { Meeting } from "./meeting";

export type MarkTool = "pen" | "highlighter" | "arrow" | "rect" | "text" | "stamp";

/** Who may draw on a track besides who shares it: participants by id, or all, or nobody. */
export type Annotators = "all" | "none" | readonly string[];

export interface Mark {
  /** Unique among those of its participant. */
  readonly id: string;
  readonly participant: string;
  readonly tool: MarkTool;
  readonly color: string;
  /** Of the line, or the height of the letters: a share of the picture's height. */
  readonly width: number;
  /** `[x0, y0, x1, y1, …]`, 0–1 of the picture. */
  readonly points: readonly number[];
  readonly text: string;
  /** How long it stays once it is done; null: until it is taken away. */
  readonly fadeMs: number | null;
  readonly done: boolean;
  /** `performance.now()` at which it is gone; null while that is not known. */
  readonly endsAt: number | null;
}

/** What is drawn here: `participant` and `endsAt` are known of it. */
export type DrawnMark = Omit<Mark, "participant" | "endsAt">;

/** Where somebody points on a track. */
export interface TrackPointer {
  readonly participant: string;
  /** 0–1 of the picture. */
  readonly x: number;
  readonly y: number;
  readonly laser: boolean;
  /** `performance.now()` of its last move. */
  readonly at: number;
}

export interface AnnotationEvents {
  /** Marks, pointers or rights on a track are different. */
  changed: { track: string };
  /** The server did not take a mark of ours; it is gone. */
  refused: { track: string; code: string };
}

/** What marks need of a meeting. */
export type AnnotatedRoom = Pick<Meeting, "channels" | "live" | "roster" | "on">;

interface Layer {
  who: Annotators;
  /** By participant and id, the oldest first. */
  readonly marks: Map<string, Mark>;
  readonly pointers: Map<string, TrackPointer>;
}

// A growing line is sent whole each time: more often costs more than it shows, and the socket is limited.
const GROW_MS = { channel: 50, socket: 250 };
const POINTER_SHOWN_MS = 4_000;
const RETRY_MS = 500;
/** An answer, if it is a refusal, is long here before as many more went out. */
const MOST_SENT = 200;
/** What one track may make us remember; the server's limits are below these. */
const MOST_MARKS = 5_000;
const MOST_POINTERS = 200;
/** A tenth of a pixel of a picture 1 000 high. */
const PRECISION = 1e4;

export class Annotations {
  private readonly link: Link;
  private readonly events = new Emitter<AnnotationEvents>();
  private readonly layers = new Map<string, Layer>();
  /** Our own, by track, the newest last: what undo takes back. */
  private readonly own = new Map<string, string[]>();
  /** Messages of ours that may still be refused, by number. */
  private readonly sent = new Map<number, { track: string; mark: DrawnMark }>();
  /** Drawn while there was no way to the server: by track and id. */
  private readonly unsent = new Map<string, { track: string; mark: DrawnMark }>();
  /** Of lines that grow: the newest that waits. */
  private growing: { track: string; mark: DrawnMark } | null = null;
  private growTimer: ReturnType<typeof setTimeout> | null = null;
  private grewAt = Number.NEGATIVE_INFINITY;
  private readonly retries = new Set<ReturnType<typeof setTimeout>>();
  private openedAs = 0;
  private clearedAs = 0;
  private sweepTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly room: AnnotatedRoom) {
    this.link = room.channels.link("annotations");
    this.link.observe({
      up: () => this.open(),
      down: () => {},
      heard: (message) => this.hear(message),
    });
    room.live.on("message", ({ message }) => this.hearLive(message));
    room.on("track_unpublished", ({ track }) => this.end(track));
    room.on("moved", () => this.endAll());
    room.on("closed", () => this.endAll());
  }

  on<Name extends keyof AnnotationEvents>(
    name: Name,
    listener: (event: AnnotationEvents[Name]) => void,
  ): () => void {
    return this.events.on(name, listener);
  }

  /** What lies on a track, the oldest first. */
  marks(track: string): Iterable<Mark> {
    return this.layers.get(track)?.marks.values() ?? [];
  }

  /** Who points at it. */
  pointers(track: string): Iterable<TrackPointer> {
    return this.layers.get(track)?.pointers.values() ?? [];
  }

  /** Who may draw on it besides who shares it. */
  annotators(track: string): Annotators {
    return this.layers.get(track)?.who ?? "all";
  }

  /** Whether we may, as far as who shares it decides. */
  mayDraw(track: string): boolean {
    const { roster } = this.room;
    const who = this.annotators(track);
    return roster.tracks.get(track)?.participant === roster.self || isAmong(who, roster.self);
  }

  /** Draws a mark, or draws it anew: what grows is sent now and then, what is done at once. */
  draw(track: string, drawn: DrawnMark): void {
    const mark = { ...drawn, points: drawn.points.map(rounded) };
    if (mark.done) this.remember(track, mark.id);
    this.put(track, { ...mark, participant: this.room.roster.self, endsAt: null });
    if (!mark.done) {
      this.growing = { track, mark };
      this.growLater();
      return;
    }
    this.growing = null;
    this.send(track, mark);
  }

  /** Takes a mark of ours away. */
  erase(track: string, id: string): void {
    this.forget(track, id);
    this.link.send({ t: "erase", track, mark: id });
    this.events.emit("changed", { track });
  }

  canUndo(track: string): boolean {
    return (this.own.get(track)?.length ?? 0) > 0;
  }

  /** Takes back the last mark of ours. */
  undo(track: string): void {
    const id = this.own.get(track)?.at(-1);
    if (id !== undefined) this.erase(track, id);
  }

  /** Takes away our own marks, or all (who shares it, and moderators). */
  clear(track: string, scope: "own" | "all"): void {
    const { self } = this.room.roster;
    const layer = this.layers.get(track);
    for (const mark of [...(layer?.marks.values() ?? [])]) {
      if (mark.participant === self) this.forget(track, mark.id);
    }
    if (scope === "all") layer?.marks.clear();
    this.own.delete(track);
    this.clearedAs = this.link.nextId();
    this.link.send({ t: "clear", id: this.clearedAs, track, scope });
    this.events.emit("changed", { track });
  }

  /** Says who may draw on a track of ours. */
  allow(track: string, who: Annotators): void {
    if (!this.link.send({ t: "allow", track, who })) return;
    this.layer(track).who = who;
    this.events.emit("changed", { track });
  }

  /** Points at a place; with `laser` it leaves a light. */
  point(track: string, x: number, y: number, laser: boolean): void {
    const place = { x: rounded(x), y: rounded(y) };
    this.room.live.send(`pointer ${track}`, { t: "pointer", track, ...place, ...(laser ? { laser } : {}) });
    const { self } = this.room.roster;
    this.pointed(track, { participant: self, ...place, laser });
  }

  private open(): void {
    this.openedAs = this.link.nextId();
    this.link.send({ t: "open", id: this.openedAs });
  }

  private hear(message: Message): void {
    const { track, participant } = message;
    switch (message.t) {
      case "snapshot":
        this.hearSnapshot(message);
        return;
      case "error":
        this.hearError(message);
        return;
    }
    if (typeof track !== "string") return;
    const by = typeof participant === "string" ? participant : "";
    if (message.t === "draw") {
      const mark = readMark(message, by);
      const own = by === this.room.roster.self;
      // Our own are here as we drew them: what comes back may be older. Others a snapshot had no room for.
      if (!mark || (own && this.layers.get(track)?.marks.has(`${by} ${mark.id}`))) return;
      if (own) this.remember(track, mark.id);
      this.put(track, mark);
      return;
    }
    const layer = this.layers.get(track);
    if (!layer) return;
    if (message.t === "erase") {
      // One of ours may have been taken away by who shares the picture.
      if (by === this.room.roster.self) this.forget(track, String(message.mark));
      else layer.marks.delete(`${by} ${String(message.mark)}`);
    } else if (message.t === "clear") {
      for (const [key, mark] of layer.marks) {
        if (message.scope === "all" || mark.participant === by) layer.marks.delete(key);
      }
      if (message.scope === "all") this.own.delete(track);
    } else if (message.t === "allow") layer.who = readAnnotators(message.who);
    this.events.emit("changed", { track });
  }

  private hearSnapshot(message: Message): void {
    const tracks: unknown[] = Array.isArray(message.tracks) ? message.tracks : [];
    const named = new Set<string>();
    if (message.re === this.openedAs) {
      for (const [track, layer] of this.layers) {
        layer.marks.clear();
        named.add(track);
      }
      this.own.clear();
    }
    for (const one of tracks as Message[]) {
      if (typeof one?.track !== "string") continue;
      named.add(one.track);
      const layer = this.layer(one.track);
      layer.who = readAnnotators(one.allowed);
      layer.marks.clear();
      for (const entry of Array.isArray(one.marks) ? one.marks : []) {
        const by: unknown = (entry as Message | null)?.participant;
        const mark = typeof by === "string" ? readMark(entry as Message, by) : null;
        if (!mark) continue;
        this.keep(layer, mark);
        if (by === this.room.roster.self)
          this.own.set(one.track, [...(this.own.get(one.track) ?? []), mark.id]);
      }
    }
    for (const { track, mark } of [...this.unsent.values()])
      if (this.room.roster.tracks.has(track)) this.draw(track, mark);
    this.unsent.clear();
    for (const track of named) this.events.emit("changed", { track });
    this.sweepLater();
  }

  private hearError({ re, code, retry_ms: wait }: Message): void {
    // What we may not take away is still there.
    if (re === this.clearedAs) this.open();
    const refused = typeof re === "number" ? this.sent.get(re) : undefined;
    if (!refused) return;
    this.sent.delete(re as number);
    const { track, mark } = refused;
    if (code === "rate_limited") {
      // Of a line that still grows more is on its way.
      if (mark.done) this.sendLater(track, mark, typeof wait === "number" ? wait : RETRY_MS);
      return;
    }
    this.forget(track, mark.id);
    this.events.emit("changed", { track });
    this.events.emit("refused", { track, code: String(code) });
  }

  private sendLater(track: string, mark: DrawnMark, delayMs: number): void {
    const timer = setTimeout(() => {
      this.retries.delete(timer);
      if (this.layers.get(track)?.marks.has(`${this.room.roster.self} ${mark.id}`)) this.send(track, mark);
    }, delayMs);
    this.retries.add(timer);
  }

  private hearLive(message: Message & { participant: string }): void {
    const { t, track, x, y, participant } = message;
    if ((t !== "pointer" && t !== "move") || typeof track !== "string") return;
    if (typeof x !== "number" || typeof y !== "number" || participant === this.room.roster.self) return;
    this.pointed(track, { participant, x, y, laser: message.laser === true });
  }

  private pointed(track: string, pointer: Omit<TrackPointer, "at">): void {
    if (!this.room.roster.tracks.has(track)) return;
    const { pointers } = this.layer(track);
    if (!pointers.has(pointer.participant) && pointers.size >= MOST_POINTERS) return;
    pointers.set(pointer.participant, { ...pointer, at: performance.now() });
    this.events.emit("changed", { track });
    this.sweepLater();
  }

  private put(track: string, mark: Mark): void {
    this.keep(this.layer(track), mark);
    this.events.emit("changed", { track });
    this.sweepLater();
  }

  private keep(layer: Layer, mark: Mark): void {
    const key = `${mark.participant} ${mark.id}`;
    if (!layer.marks.has(key) && layer.marks.size >= MOST_MARKS) return;
    const endsAt = mark.done && mark.fadeMs !== null ? performance.now() + mark.fadeMs : null;
    layer.marks.set(key, { ...mark, endsAt });
  }

  private send(track: string, mark: DrawnMark): void {
    const id = this.link.nextId();
    const { tool, color, width, points, text, fadeMs, done } = mark;
    const sent = this.link.send({
      ...{ t: "draw", id, track, mark: mark.id, tool, color, width, points, done },
      ...(text === "" ? {} : { text }),
      ...(fadeMs === null ? {} : { fade_ms: fadeMs }),
    });
    if (sent) {
      this.sent.set(id, { track, mark });
      if (this.sent.size > MOST_SENT) this.sent.delete(this.sent.keys().next().value as number);
    } else if (done) this.unsent.set(`${track} ${mark.id}`, { track, mark });
  }

  private growLater(): void {
    if (this.growTimer !== null) return;
    const due = this.grewAt + GROW_MS[this.link.carriedBy ?? "channel"] - performance.now();
    this.growTimer = setTimeout(
      () => {
        this.growTimer = null;
        if (!this.growing) return;
        const { track, mark } = this.growing;
        this.growing = null;
        this.grewAt = performance.now();
        this.send(track, mark);
      },
      Math.max(0, due),
    );
  }

  private remember(track: string, id: string): void {
    const own = this.own.get(track) ?? [];
    if (own.at(-1) !== id) own.push(id);
    this.own.set(track, own);
  }

  private forget(track: string, id: string): void {
    this.layers.get(track)?.marks.delete(`${this.room.roster.self} ${id}`);
    this.unsent.delete(`${track} ${id}`);
    if (this.growing?.mark.id === id) this.growing = null;
    const own = this.own.get(track)?.filter((one) => one !== id);
    if (own) this.own.set(track, own);
  }

  private layer(track: string): Layer {
    let layer = this.layers.get(track);
    if (!layer) {
      layer = { who: "all", marks: new Map(), pointers: new Map() };
      this.layers.set(track, layer);
    }
    return layer;
  }

  private end(track: string): void {
    this.layers.delete(track);
    this.own.delete(track);
    this.events.emit("changed", { track });
  }

  private endAll(): void {
    if (this.growTimer !== null) clearTimeout(this.growTimer);
    if (this.sweepTimer !== null) clearTimeout(this.sweepTimer);
    this.growTimer = null;
    this.sweepTimer = null;
    this.growing = null;
    this.unsent.clear();
    for (const timer of this.retries) clearTimeout(timer);
    this.retries.clear();
    for (const track of [...this.layers.keys()]) this.end(track);
  }

  /** Lets go what has faded, when the next does. */
  private sweepLater(): void {
    if (this.sweepTimer !== null) clearTimeout(this.sweepTimer);
    this.sweepTimer = null;
    let next = Number.POSITIVE_INFINITY;
    for (const { marks, pointers } of this.layers.values()) {
      for (const { endsAt } of marks.values()) if (endsAt !== null) next = Math.min(next, endsAt);
      for (const { at } of pointers.values()) next = Math.min(next, at + POINTER_SHOWN_MS);
    }
    if (next === Number.POSITIVE_INFINITY) return;
    this.sweepTimer = setTimeout(() => this.sweep(), Math.max(0, next - performance.now()));
  }

  private sweep(): void {
    const now = performance.now() + 1;
    for (const [track, { marks, pointers }] of this.layers) {
      let gone = false;
      for (const [key, { endsAt, id, participant }] of marks) {
        if (endsAt === null || endsAt > now) continue;
        marks.delete(key);
        if (participant === this.room.roster.self) this.forget(track, id);
        gone = true;
      }
      for (const [key, { at }] of pointers) {
        if (at + POINTER_SHOWN_MS <= now) gone = pointers.delete(key) || gone;
      }
      if (gone) this.events.emit("changed", { track });
    }
    this.sweepLater();
  }
}

const TOOLS: readonly string[] = [
  "pen",
  "highlighter",
  "arrow",
  "rect",
  "text",
  "stamp",
] satisfies MarkTool[];

/** A mark out of a message; null: it is none that can be drawn. */
function readMark(message: Message, participant: string): Mark | null {
  const { mark, tool, color, width, points, text, fade_ms: fade } = message;
  if (typeof mark !== "string" || typeof tool !== "string" || !TOOLS.includes(tool)) return null;
  if (typeof color !== "string" || typeof width !== "number" || !Array.isArray(points)) return null;
  if (!points.every((value) => typeof value === "number" && Number.isFinite(value))) return null;
  return {
    id: mark,
    participant,
    tool: tool as MarkTool,
    color,
    width,
    points: points as number[],
    text: typeof text === "string" ? text : "",
    fadeMs: typeof fade === "number" ? fade : null,
    done: message.done !== false,
    endsAt: null,
  };
}

function readAnnotators(who: unknown): Annotators {
  if (who === "none" || who === false) return "none";
  return Array.isArray(who) ? who.filter((one) => typeof one === "string") : "all";
}

function isAmong(who: Annotators, participant: string): boolean {
  return who === "all" || (who !== "none" && who.includes(participant));
}

function rounded(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * PRECISION) / PRECISION;
}
