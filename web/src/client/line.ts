/**
 * The line to the server: one session after the other, as long as the meeting lasts.
 *
 * A socket that is lost is replaced at once and joins with `resume`, so that the server goes on with the same
 * participant. Sockets to an unreachable server hang for many seconds, so tries do not wait for each other: the
 * first that opens is taken, the others are closed. A server that stops may say where to go: there and here are then
 * tried in turn.
 */

import { signalingUrlElsewhere } from "./address";
import { Emitter } from "./emitter";
import { CLOSE_UNREACHABLE, isFinal, isRefusal, retryAfterMs } from "./endings";
import { retryDelay } from "./retry";
import { CLOSE_SILENT, Session, SessionClosed, type SessionOptions } from "./signaling";
import type { Events, Joined, Requests, Tellings } from "./types";

/** Where requests go and events come from. */
export type Signals = Pick<Session, "request" | "on">;

export interface LineOptions {
  /** `ws:` or `wss:` address of `/rtc`. */
  url: string;
  /** The token, or where to get one. Called again when the server takes the old one no longer. */
  token: string | (() => Promise<string>);
  room?: string;
  /** What others see of us, where the token does not say. */
  name?: string;
  client?: string;
  /** `resume` of an earlier session, null for a new participant. */
  resume?: string | null;
  socket?: SessionOptions["socket"];
  pingIntervalMs?: number;
  /** How long the first join is tried, and how long a lost line, before it is over. */
  firstTryMs?: number;
  giveUpMs?: number;
}

export interface LineObserver {
  /** A socket is open; nothing is joined yet. */
  opened(): void;
  /** Joined: for the first time, again (`resumed`), or anew because the server lost us. Before the event of it. */
  up(joined: Joined): void;
  /** The socket is lost; tries are under way. */
  down(closed: SessionClosed): void;
  /** The end; nothing is tried any more. */
  over(closed: SessionClosed): void;
  /** A token could not be had. The line is over. */
  refused(error: unknown): void;
}

const FIRST_TRY_MS = 20_000;
const GIVE_UP_MS = 30 * 60_000;
// An answer to `join` or `ping` takes one round trip; beyond this the socket is as good as dead.
const JOIN_WITHIN_MS = 6_000;
const PROBE_WITHIN_MS = 1_000;
const MOST_TRIES_AT_ONCE = 6;

export class Line implements Signals {
  /** The secret that makes a new socket the same participant; null before the first `joined`. */
  resume: string | null;
  /** The newest token: what the server gave last. */
  token: string | null;

  private readonly events = new Emitter<Events>();
  private url: string;
  /** Where a server that stops sends us; "" if none does. */
  private elsewhere = "";
  private readonly tries = new Set<Session>();
  private current: Session | null = null;
  private joined = false;
  /** In the lobby. */
  private waits = false;
  /** In the room, or as far as the lobby. */
  private everIn = false;
  private lostAt = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private ended = false;
  private askedAgain = false;

  constructor(
    private readonly options: LineOptions,
    private readonly observer: LineObserver,
  ) {
    this.url = options.url;
    this.resume = options.resume ?? null;
    this.token = typeof options.token === "string" ? options.token : null;
    this.on("token", ({ token }) => {
      this.token = token;
    });
    this.on("draining", ({ url }) => {
      this.elsewhere = signalingUrlElsewhere(url, this.url);
    });
  }

  /** The session in use; null while there is none. */
  get session(): Session | null {
    return this.current;
  }

  /** Where the server is, its `/rtc`: it may have sent us elsewhere. */
  get address(): string {
    return this.url;
  }

  get isUp(): boolean {
    return this.joined;
  }

  /** Begins; may be called once. */
  open(): void {
    this.lostAt = performance.now();
    this.attempt();
  }

  /** Rejects with `SessionClosed` while the line is down: what matters is told again when it is up. */
  request<Name extends keyof Requests>(
    name: Name,
    fields: Requests[Name]["send"],
  ): Promise<Requests[Name]["reply"]> {
    if (this.current && this.joined) return this.current.request(name, fields);
    return Promise.reject(new SessionClosed(CLOSE_SILENT, "not connected"));
  }

  /** Sends what has no reply; false while the line is down: it is lost. */
  tell<Name extends keyof Tellings>(name: Name, fields: Tellings[Name]): boolean {
    return this.joined && (this.current?.tell(name, fields) ?? false);
  }

  /** Listens to every session of this line; returns the call that stops it. */
  on<Name extends keyof Events>(name: Name, listener: (message: Events[Name]) => void): () => void {
    return this.events.on(name, listener);
  }

  /** The network may have changed: makes sure at once that the server is there. */
  async check(): Promise<void> {
    if (this.ended) return;
    if (this.current && (this.joined || this.waits)) await this.current.probe(PROBE_WITHIN_MS);
    else if (!this.current) this.attempt();
  }

  /** Says goodbye and ends. */
  async leave(): Promise<void> {
    const { current } = this;
    if (current && this.joined) {
      const given = setTimeout(() => this.end(new SessionClosed(1000, "")), PROBE_WITHIN_MS);
      await current.leave();
      clearTimeout(given);
    }
    this.end(new SessionClosed(1000, ""));
  }

  private attempt(): void {
    if (this.ended || this.current) return;
    if (this.tries.size >= MOST_TRIES_AT_ONCE) {
      const [oldest] = this.tries;
      oldest?.close();
    }
    const { socket, pingIntervalMs } = this.options;
    if (this.elsewhere) [this.url, this.elsewhere] = [this.elsewhere, this.url];
    const session: Session = new Session({
      url: this.url,
      ...(socket ? { socket } : {}),
      ...(pingIntervalMs === undefined ? {} : { pingIntervalMs }),
      onEvent: (name, message) => {
        if (session === this.current) this.hear(name, message);
      },
    });
    this.tries.add(session);
    session.opened.then(
      () => this.take(session),
      () => {},
    );
    void session.closed.then((closed) => this.lost(session, closed));
    this.again(retryDelay(performance.now() - this.lostAt, Math.random()));
  }

  private again(delayMs: number): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      const { firstTryMs = FIRST_TRY_MS, giveUpMs = GIVE_UP_MS } = this.options;
      const tooLong = performance.now() - this.lostAt > (this.everIn ? giveUpMs : firstTryMs);
      if (tooLong && !this.current) this.end(new SessionClosed(CLOSE_UNREACHABLE, ""));
      else this.attempt();
    }, delayMs);
  }

  private take(session: Session): void {
    if (this.current || this.ended) {
      session.close();
      return;
    }
    this.current = session;
    this.observer.opened();
    for (const other of [...this.tries]) if (other !== session) other.close();
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    void this.join(session);
  }

  private async join(session: Session): Promise<void> {
    const patience = setTimeout(() => session.close(CLOSE_SILENT, ""), JOIN_WITHIN_MS);
    // In the lobby it is people who take their time; who loses the line there comes back as from the room.
    const stop = session.on("waiting", () => {
      clearTimeout(patience);
      this.waits = true;
      this.everIn = true;
    });
    try {
      const { room, name, client } = this.options;
      await session.join({
        token: await this.someToken(),
        ...(room === undefined ? {} : { room }),
        ...(name === undefined ? {} : { name }),
        ...(this.resume === null ? {} : { resume: this.resume }),
        ...(client === undefined ? {} : { client }),
      });
    } catch (error) {
      if (error instanceof SessionClosed) return;
      this.observer.refused(error);
      this.end(new SessionClosed(4401, ""));
    } finally {
      clearTimeout(patience);
      stop();
    }
  }

  private async someToken(): Promise<string> {
    const { token } = this.options;
    this.token ??= typeof token === "string" ? token : await token();
    return this.token;
  }

  private hear(name: string, message: unknown): void {
    if (name === "joined") {
      const joined = message as Joined;
      this.joined = true;
      this.waits = false;
      this.everIn = true;
      this.askedAgain = false;
      this.elsewhere = "";
      this.resume = joined.resume;
      this.token = joined.token;
      this.observer.up(joined);
    }
    this.events.emit(name as keyof Events, message as never);
  }

  private lost(session: Session, closed: SessionClosed): void {
    this.tries.delete(session);
    if (session !== this.current) return;
    this.current = null;
    const wasIn = this.joined || this.waits;
    this.joined = false;
    this.waits = false;
    if (this.ended) return;
    // What ends in the middle of a meeting was alive until now.
    if (wasIn) this.lostAt = performance.now();
    const renewable = closed.code === 4401 && typeof this.options.token !== "string" && !this.askedAgain;
    if (renewable) {
      this.askedAgain = true;
      this.token = null;
    } else if (isFinal(closed.code) || (!this.everIn && isRefusal(closed.code))) {
      this.end(closed);
      return;
    }
    this.observer.down(closed);
    if (wasIn && closed.code !== 4429 && closed.code !== 4503) this.attempt();
    else
      this.again(retryAfterMs(closed.reason) ?? retryDelay(performance.now() - this.lostAt, Math.random()));
  }

  private end(closed: SessionClosed): void {
    if (this.ended) return;
    this.ended = true;
    this.joined = false;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    for (const session of [...this.tries]) session.close();
    this.observer.over(closed);
  }
}
