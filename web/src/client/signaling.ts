/**
 * One signaling session: a WebSocket that carries requests with replies, and events.
 *
 * Errors: `RequestError` when the server refuses a request (the session goes on), `SessionClosed` for everything
 * that was still unanswered when the socket closed.
 */

import { jsonText } from "./json_text";
import type { Events, Joined, Requests, Tellings } from "./types";

export const SUBPROTOCOL = "sfumato.v1";

/** The server refused a request; nothing changed there. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** The socket closed; `code` is the WebSocket close code (4400–4503 are the protocol's own). */
export class SessionClosed extends Error {
  override readonly name = "SessionClosed";
  constructor(
    readonly code: number,
    readonly reason: string,
  ) {
    super(reason || `session closed (${code})`);
  }
}

export interface SessionOptions {
  /** `ws:` or `wss:` address of `/rtc`. */
  url: string;
  /** The WebSocket class; the browser's unless told. */
  socket?: new (
    url: string,
    protocol: string,
  ) => WebSocket;
  /** How often a `ping` is sent once joined; without any message for two of these the session counts as closed. */
  pingIntervalMs?: number;
  /** Hears every event, and `joined`, after the listeners of that name. */
  onEvent?: (name: string, message: unknown) => void;
}

interface Waiting {
  resolve: (message: never) => void;
  reject: (error: Error) => void;
}

type Listener = (message: never) => void;

// The server gives up after 20 s of silence. A dead path shall be noticed before the people in the meeting do.
const PING_INTERVAL_MS = 2_500;
/** No code of the protocol: the path is dead and the server cannot tell us so. */
export const CLOSE_SILENT = 4_900;

export class Session {
  /** Resolves when the socket is open; rejects with `SessionClosed`. */
  readonly opened: Promise<void>;
  /** Resolves, once, when the session is over, whoever ended it. */
  readonly closed: Promise<SessionClosed>;

  private readonly socket: WebSocket;
  private readonly waiting = new Map<number, Waiting>();
  private readonly listeners = new Map<string, Set<Listener>>();
  private pingTimer: ReturnType<typeof setInterval> | null = null;
  private lastId = 0;
  private silentPings = 0;
  private ended: SessionClosed | null = null;
  private resolveClosed!: (closed: SessionClosed) => void;

  constructor(private readonly options: SessionOptions) {
    this.socket = new (options.socket ?? WebSocket)(options.url, SUBPROTOCOL);
    this.closed = new Promise((resolve) => {
      this.resolveClosed = resolve;
    });
    this.opened = new Promise((resolve, reject) => {
      this.socket.addEventListener("open", () => resolve());
      void this.closed.then(reject);
    });
    // Whoever does not wait for `opened` hears of a failure through `closed`.
    this.opened.catch(() => {});
    // An error says nothing that the close after it does not say; unheard it would be fatal outside browsers.
    this.socket.addEventListener("error", () => {});
    this.socket.addEventListener("message", (event) => this.receive(event.data));
    this.socket.addEventListener("close", (event) => this.end(new SessionClosed(event.code, event.reason)));
  }

  /** Sends a request; resolves with its reply, rejects with `RequestError` or `SessionClosed`. */
  request<Name extends keyof Requests>(
    name: Name,
    fields: Requests[Name]["send"],
  ): Promise<Requests[Name]["reply"]> {
    if (this.ended) return Promise.reject(this.ended);
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.socket.send(jsonText({ ...fields, type: name, id }));
    });
  }

  /** Sends what has no reply; false if the socket is not open. */
  tell<Name extends keyof Tellings>(name: Name, fields: Tellings[Name]): boolean {
    if (this.ended || this.socket.readyState !== this.socket.OPEN) return false;
    this.socket.send(jsonText({ ...fields, type: name }));
    return true;
  }

  /** Enters the room; a refusal comes as `SessionClosed` (the server answers it by the close alone). */
  async join(fields: Requests["join"]["send"]): Promise<Joined> {
    await this.opened;
    // Not sooner: before an answer to `join` a ping is a mistake (protocol, section 2). Somebody in the lobby says
    // nothing else, and would never see that the path is dead.
    const stop = this.on("waiting", () => this.startPings());
    try {
      const joined = await this.request("join", fields);
      this.startPings();
      return joined;
    } finally {
      stop();
    }
  }

  /** Calls `listener` for every event of that name; returns the call that stops it. */
  on<Name extends keyof Events>(name: Name, listener: (message: Events[Name]) => void): () => void {
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners);
    listeners.add(listener as Listener);
    return () => listeners.delete(listener as Listener);
  }

  /** Asks the server for a sign of life; the session ends if there is none within `withinMs`. */
  async probe(withinMs: number): Promise<void> {
    const timer = setTimeout(() => this.close(CLOSE_SILENT, "the server does not answer"), withinMs);
    await this.request("ping", {}).catch(() => {});
    clearTimeout(timer);
  }

  /** Says goodbye: the server removes the participant at once instead of keeping its place. */
  async leave(): Promise<void> {
    await this.request("leave", {}).catch(() => {});
    this.close();
  }

  /** Closes the socket; `closed` resolves at once. */
  close(code = 1000, reason = ""): void {
    if (this.ended) return;
    this.socket.close(code, reason);
    this.end(new SessionClosed(code, reason));
  }

  private receive(data: unknown): void {
    this.silentPings = 0;
    const message = parse(data);
    // The server is not to be corrected by its client: what cannot be understood is passed over.
    if (!message || this.ended) return;
    const { type, id } = message;
    if (typeof id !== "number") {
      this.emit(type, message);
      return;
    }
    const waiting = this.waiting.get(id);
    if (!waiting) return;
    this.waiting.delete(id);
    if (type === "error") {
      waiting.reject(new RequestError(text(message.code, "bad_message"), text(message.message, "refused")));
      return;
    }
    this.emit(type, message);
    waiting.resolve(message as never);
  }

  private emit(name: string, message: unknown): void {
    for (const listener of this.listeners.get(name) ?? []) listener(message as never);
    this.options.onEvent?.(name, message);
  }

  private startPings(): void {
    if (this.ended) return;
    this.pingTimer ??= setInterval(() => this.ping(), this.options.pingIntervalMs ?? PING_INTERVAL_MS);
  }

  private ping(): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (this.silentPings >= 2) {
      this.close(CLOSE_SILENT, "the server does not answer");
      return;
    }
    this.silentPings += 1;
    this.request("ping", {}).catch(() => {});
  }

  private end(closed: SessionClosed): void {
    if (this.ended) return;
    this.ended = closed;
    if (this.pingTimer !== null) clearInterval(this.pingTimer);
    for (const waiting of this.waiting.values()) waiting.reject(closed);
    this.waiting.clear();
    this.resolveClosed(closed);
  }
}

/** The object in a text frame with a `type`, or null for anything else. */
function parse(data: unknown): { type: string; [field: string]: unknown } | null {
  if (typeof data !== "string") return null;
  try {
    const message: unknown = JSON.parse(data);
    if (typeof message !== "object" || message === null || Array.isArray(message)) return null;
    return "type" in message && typeof message.type === "string"
      ? (message as { type: string; [field: string]: unknown })
      : null;
  } catch {
    return null;
  }
}

function text(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}
