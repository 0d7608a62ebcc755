/**
 * Remote control of what somebody shares (protocol, section 3, `control`): asking for it, giving it, and what the one
 * who has it does. A page cannot move the system's pointer: an agent on the sharer's computer does.
 */

import type { Link, Message } from "./channels";
import { Emitter } from "./emitter";
import type { Meeting } from "./meeting";
import { RequestError } from "./signaling";

export type ControlScope = "pointer" | "keyboard";

/** Who controls a track. */
export interface Hold {
  readonly track: string;
  readonly participant: string;
  readonly scope: readonly ControlScope[];
  /** By the server's clock: UTC milliseconds since 1970. */
  readonly expiresAt: number | null;
}

/** Somebody asks for it. */
export interface ControlRequest {
  readonly track: string;
  readonly participant: string;
  readonly scope: readonly ControlScope[];
}

export interface PairingCode {
  readonly code: string;
  readonly expiresAt: number;
}

/** What the holder does besides moving; `x`, `y` 0–1 of the picture. */
export type ControlInput =
  | { kind: "down" | "up"; x: number; y: number; button: number }
  | { kind: "wheel"; x: number; y: number; dx: number; dy: number }
  | { kind: "key"; code: string; key: string; down: boolean; modifiers: string[] }
  | { kind: "text"; text: string };

export interface ControlEvents {
  /** Something that the getters show is different. */
  changed: object;
  requested: { request: ControlRequest };
  granted: { hold: Hold };
  /** `participant` had it; `by` ended it, null: nobody, or an agent; `reason` as the server has it. */
  revoked: { track: string; participant: string; reason: string; by: string | null };
  /** To who asked: `denied`, `timeout`, or what ended it. */
  denied: { track: string; reason: string };
  /** The server did not take what we sent. */
  refused: { track: string | null; code: string };
  /** To who shares the track: an agent on this computer does what the holder does, or no longer. */
  agent: { track: string; connected: boolean };
  /** To who shares the track: what was done on it. */
  input: { track: string; participant: string; message: Message };
}

/** What control needs of a meeting. */
export type ControlledRoom = Pick<Meeting, "channels" | "live" | "roster" | "on">;

const REQUEST_STANDS_MS = 30_000;
const ANSWER_WITHIN_MS = 10_000;

interface Asked {
  resolve: (code: PairingCode) => void;
  reject: (error: RequestError) => void;
  timer: ReturnType<typeof setTimeout>;
}

export class Control {
  private readonly link: Link;
  private readonly events = new Emitter<ControlEvents>();
  private readonly holds = new Map<string, Hold>();
  /** Tracks we asked for, until they answer or the server gives up waiting. */
  private readonly asking = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly asked = new Map<
    string,
    { request: ControlRequest; timer: ReturnType<typeof setTimeout> }
  >();
  /** Tracks an agent is there for; tracks on which it waits, because who shares them uses the computer. */
  private readonly agents = new Set<string>();
  private readonly paused = new Set<string>();
  private readonly codes = new Map<number, Asked>();
  /** What our messages were about, for errors. */
  private readonly sent = new Map<number, string>();

  constructor(private readonly room: ControlledRoom) {
    this.link = room.channels.link("control");
    this.link.observe({
      up: () => {
        // What stands now is told in answer, message by message.
        this.endAll();
        this.link.send({ t: "open", id: this.link.nextId() });
      },
      // Who has no way to the server can neither do anything nor take anything back: the server ends it too.
      down: () => this.endAll(),
      heard: (message) => this.hear(message),
    });
    room.on("track_unpublished", ({ track }) => this.end(track));
    room.on("participant_left", ({ participant }) => {
      for (const { track, ...hold } of [...this.holds.values()])
        if (hold.participant === participant) this.hearEnd(track, "left", null);
      for (const { request } of [...this.asked.values()])
        if (request.participant === participant) this.answered(request);
      this.events.emit("changed", {});
    });
    room.on("moved", () => this.endAll());
    room.on("closed", () => this.endAll());
  }

  on<Name extends keyof ControlEvents>(
    name: Name,
    listener: (event: ControlEvents[Name]) => void,
  ): () => void {
    return this.events.on(name, listener);
  }

  /** Who controls a track; null: nobody. */
  holder(track: string): Hold | null {
    return this.holds.get(track) ?? null;
  }

  /** Everything that is controlled now. */
  get all(): Iterable<Hold> {
    return this.holds.values();
  }

  /** Whether we wait for an answer. */
  isAsking(track: string): boolean {
    return this.asking.has(track);
  }

  /** Who asks us, the first one first. */
  get requests(): readonly ControlRequest[] {
    return [...this.asked.values()].map(({ request }) => request);
  }

  /** Whether an agent is there for a track of ours. */
  hasAgent(track: string): boolean {
    return this.agents.has(track);
  }

  /** Whether the agent waits, because who shares the track uses the computer. */
  isPaused(track: string): boolean {
    return this.paused.has(track);
  }

  /** Asks who shares a track. */
  request(track: string, scope: readonly ControlScope[]): void {
    if (!this.tell(track, { t: "request", track, scope })) {
      this.events.emit("refused", { track, code: "unavailable" });
      return;
    }
    this.stopAsking(track);
    this.asking.set(
      track,
      setTimeout(() => {
        this.asking.delete(track);
        this.events.emit("denied", { track, reason: "timeout" });
        this.events.emit("changed", {});
      }, REQUEST_STANDS_MS + 2_000),
    );
    this.events.emit("changed", {});
  }

  /** Gives control, until it is taken back or `ttlMs` is over. */
  grant(request: ControlRequest, scope: readonly ControlScope[], ttlMs?: number): void {
    const { track, participant } = request;
    this.tell(track, { t: "grant", track, participant, scope, ...(ttlMs ? { ttl_ms: ttlMs } : {}) });
    this.answered(request);
  }

  deny(request: ControlRequest): void {
    const { track, participant } = request;
    this.tell(track, { t: "deny", track, participant });
    this.answered(request);
  }

  /** Ends it at once: by who shares it, who has it, and moderators. Of who asks: never mind. */
  revoke(track: string): void {
    this.tell(track, { t: "revoke", track });
  }

  /** Moves the pointer: only the newest place matters. */
  move(track: string, x: number, y: number): void {
    this.room.live.send(`move ${track}`, { t: "move", track, x, y });
  }

  input(track: string, input: ControlInput): boolean {
    return this.tell(track, { t: "input", track, ...input });
  }

  /** A code with which an agent on this computer becomes the hands of who controls our track. Throws `RequestError`. */
  pair(track: string): Promise<PairingCode> {
    const id = this.link.nextId();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.refuse(id, "unavailable"), ANSWER_WITHIN_MS);
      this.codes.set(id, { resolve, reject, timer });
      if (!this.link.send({ t: "agent", id, track })) this.refuse(id, "unavailable");
    });
  }

  private tell(track: string, message: Message): boolean {
    const id = this.link.nextId();
    this.sent.set(id, track);
    if (this.sent.size > 200) this.sent.delete(this.sent.keys().next().value as number);
    return this.link.send({ ...message, id });
  }

  private hear(message: Message): void {
    const { track, participant, re } = message;
    if (message.t === "error") {
      this.hearError(message);
      return;
    }
    if (message.t === "code" && typeof re === "number") {
      const waiting = this.codes.get(re);
      if (!waiting) return;
      this.codes.delete(re);
      clearTimeout(waiting.timer);
      waiting.resolve({ code: String(message.code), expiresAt: Number(message.expires_at) });
      return;
    }
    if (typeof track !== "string") return;
    const by = typeof participant === "string" ? participant : null;
    switch (message.t) {
      case "requested":
        if (by) this.hearRequest({ track, participant: by, scope: readScope(message.scope) });
        break;
      case "granted":
        if (by) this.hearGrant(message, track, by);
        break;
      case "revoked":
        this.hearEnd(track, typeof message.reason === "string" ? message.reason : "", readBy(message.by));
        break;
      case "denied":
        if (by) this.hearDenied(track, by, typeof message.reason === "string" ? message.reason : "");
        break;
      case "agent":
        if (message.connected === true) this.agents.add(track);
        else this.agents.delete(track);
        this.events.emit("agent", { track, connected: message.connected === true });
        break;
      case "paused":
        if (message.paused === true) this.paused.add(track);
        else this.paused.delete(track);
        break;
      case "input":
        if (by) this.events.emit("input", { track, participant: by, message });
        return;
      default:
        return;
    }
    this.events.emit("changed", {});
  }

  private hearRequest(request: ControlRequest): void {
    this.answered(request);
    const timer = setTimeout(() => this.answered(request), REQUEST_STANDS_MS);
    this.asked.set(keyOf(request), { request, timer });
    this.events.emit("requested", { request });
  }

  private hearGrant(message: Message, track: string, participant: string): void {
    const expires = message.expires_at;
    const expiresAt = typeof expires === "number" ? expires : null;
    const hold = { track, participant, scope: readScope(message.scope), expiresAt };
    this.holds.set(track, hold);
    this.paused.delete(track);
    this.stopAsking(track);
    for (const { request } of [...this.asked.values()])
      if (request.track === track && request.participant === participant) this.answered(request);
    this.events.emit("granted", { hold });
  }

  private hearEnd(track: string, reason: string, by: string | null): void {
    const hold = this.holds.get(track);
    this.holds.delete(track);
    this.paused.delete(track);
    if (hold) this.events.emit("revoked", { track, participant: hold.participant, reason, by });
  }

  /** Both are told: who asked, and who was asked. */
  private hearDenied(track: string, participant: string, reason: string): void {
    if (participant !== this.room.roster.self) {
      const known = this.asked.get(keyOf({ track, participant, scope: [] }));
      if (known) this.answered(known.request);
      return;
    }
    if (this.stopAsking(track) && reason !== "withdrawn") this.events.emit("denied", { track, reason });
  }

  private hearError({ re, code }: Message): void {
    if (typeof re !== "number") return;
    if (this.codes.has(re)) {
      this.refuse(re, String(code));
      return;
    }
    const track = this.sent.get(re);
    if (track === undefined) return;
    this.sent.delete(re);
    this.stopAsking(track);
    this.events.emit("refused", { track, code: String(code) });
    this.events.emit("changed", {});
  }

  private refuse(id: number, code: string): void {
    const waiting = this.codes.get(id);
    if (!waiting) return;
    this.codes.delete(id);
    clearTimeout(waiting.timer);
    waiting.reject(new RequestError(code, code));
  }

  private answered(request: ControlRequest): void {
    const known = this.asked.get(keyOf(request));
    if (!known) return;
    clearTimeout(known.timer);
    this.asked.delete(keyOf(request));
    this.events.emit("changed", {});
  }

  private stopAsking(track: string): boolean {
    const timer = this.asking.get(track);
    if (timer !== undefined) clearTimeout(timer);
    return this.asking.delete(track);
  }

  private end(track: string): void {
    const hold = this.holds.get(track);
    this.holds.delete(track);
    this.agents.delete(track);
    this.paused.delete(track);
    this.stopAsking(track);
    for (const { request } of [...this.asked.values()]) if (request.track === track) this.answered(request);
    if (hold)
      this.events.emit("revoked", { track, participant: hold.participant, reason: "ended", by: null });
    this.events.emit("changed", {});
  }

  private endAll(): void {
    for (const id of [...this.codes.keys()]) this.refuse(id, "unavailable");
    const requested = [...this.asked.values()].map(({ request }) => request.track);
    for (const track of new Set([...this.holds.keys(), ...this.asking.keys(), ...this.agents, ...requested]))
      this.end(track);
  }
}

function keyOf({ track, participant }: ControlRequest): string {
  return `${track} ${participant}`;
}

function readBy(by: unknown): string | null {
  return typeof by === "string" ? by : null;
}

function readScope(scope: unknown): ControlScope[] {
  const named: unknown[] = Array.isArray(scope) ? scope : [];
  return (["pointer", "keyboard"] as const).filter((one) => named.includes(one));
}
