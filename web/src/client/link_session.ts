/**
 * What a share link opens, without a meeting: one document or board. No media, and the signaling socket alone.
 *
 * `DocumentSession` is this with its document; a board is opened by `new Boards(session).open(session.topic)`.
 */

import { signalingUrl } from "./address";
import { Channels } from "./channels";
import { Emitter } from "./emitter";
import { closeWords } from "./endings";
import { request } from "./http";
import { Line } from "./line";
import { Live } from "./live";
import { Roster } from "./roster";
import type { SessionOptions } from "./signaling";
import type { Limits, Participant, Room } from "./types";

export interface LinkSessionOptions {
  /** The server, as `https://meet.example`; the page's own unless told. */
  url?: string;
  /** That of the share link. */
  token: string;
  /** What others see beside our pointer. */
  name?: string;
  /** The document or board; needed where the token does not say. */
  topic?: string;
  /** For tests outside browsers. */
  socket?: SessionOptions["socket"];
}

export interface LinkSessionEvents {
  /** `title`, `me` or `isUp` may be different. */
  changed: object;
  /** It is over: removed, revoked, or the server cannot be reached. */
  closed: { code: number; reason: string };
}

export class LinkSession {
  /** The document or board that the link is for. */
  readonly topic: string;
  readonly channels: Channels;
  readonly live: Live;
  readonly roster = new Roster();

  private readonly line: Line;
  private readonly happened = new Emitter<LinkSessionEvents>();
  private limits: Limits = {};

  /** Does nothing before `open`. Throws `TypeError` for a token that is of no topic. */
  constructor(private readonly options: LinkSessionOptions) {
    const { url, token, name, socket } = options;
    this.topic = options.topic ?? topicOf(token);
    this.line = new Line(
      {
        url: signalingUrl(url),
        token,
        client: "web",
        ...(name ? { name } : {}),
        ...(socket ? { socket } : {}),
      },
      {
        opened: () => {},
        up: (joined) => {
          this.limits = joined.limits ?? {};
          this.channels.socketUp();
        },
        down: () => {
          this.channels.socketDown();
          this.changed();
        },
        over: ({ code }) => {
          this.live.close();
          this.changed();
          this.happened.emit("closed", { code, reason: closeWords(code) });
        },
        refused: () => {},
      },
    );
    this.channels = new Channels(this.line);
    // There is no peer connection to wait for.
    this.channels.close();
    this.live = new Live(this.channels.link("live"));
    this.roster.follow(this.line, () => this.changed());
    this.line.on("channel", ({ label, data }) => this.channels.hear(label, data));
  }

  /** Goes to the server; may be called once, after everything listens. */
  open(): void {
    this.line.open();
  }

  /** False while the way to the server is down; what is done meanwhile waits. */
  get isUp(): boolean {
    return this.line.isUp;
  }

  /** The lists of a room, of which this session is told one entry; null before it is in. */
  get room(): Room | null {
    return this.roster.room;
  }

  /** Ourselves; null before we are in. */
  get me(): Participant | null {
    return this.roster.participants.get(this.roster.self) ?? null;
  }

  /** What the document or board is called; "" before it is known. */
  get title(): string {
    const { documents = [], boards = [] } = this.room ?? {};
    return [...documents, ...boards].find(({ id }) => id === this.topic)?.title ?? "";
  }

  /** A limit of the server, of `joined`; undefined before it is known. */
  limitOf(name: keyof Limits): number | undefined {
    return this.limits[name];
  }

  /** A request with the token of this session. Throws `RequestError`. */
  http(path: string, init: RequestInit = {}): Promise<Response> {
    return request(this.line.address, this.line.token ?? this.options.token, path, init);
  }

  /** Calls `listener` for every message of that name; returns the call that stops it. */
  readonly on: Line["on"] = (name, listener) => this.line.on(name, listener);

  /** As `on`, for what happens to the session. */
  onEvent<Name extends keyof LinkSessionEvents>(
    name: Name,
    listener: (event: LinkSessionEvents[Name]) => void,
  ): () => void {
    return this.happened.on(name, listener);
  }

  leave(): Promise<void> {
    return this.line.leave();
  }

  private changed(): void {
    this.happened.emit("changed", {});
  }
}

/** The topic that a share link's token is for (the claim `topic`). */
function topicOf(token: string): string {
  const { topic } = linkClaims(token);
  if (topic === undefined) throw new TypeError("this token is of no document or board");
  return topic;
}

/** What the token of a share link says, as far as it can be read. */
export function linkClaims(token: string): { topic?: string; role?: string } {
  try {
    // RFC 7515 §2: base64url, which `atob` does not know.
    const claims = atob((token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"));
    const { topic, role } = JSON.parse(claims) as { topic?: unknown; role?: unknown };
    return {
      ...(typeof topic === "string" ? { topic } : {}),
      ...(typeof role === "string" ? { role } : {}),
    };
  } catch {
    return {};
  }
}
