/**
 * The messages of the services, by label: on data channels where there are, else over the signaling socket.
 *
 * The channels are opened in-band (RFC 8832) on the meeting's peer connection, before its first offer, so that they
 * cost no negotiation of their own. What is open on one way is not open on the other: whenever a link comes up, by
 * whichever way, its topics are opened anew.
 */

import { jsonText } from "./json_text";
import { SUBPROTOCOL } from "./signaling";

export type Label = "documents" | "whiteboard" | "annotations" | "control" | "chat" | "live";

/** A message of a service (protocol, section 3): `t` names it. */
export interface Message {
  t: string;
  [field: string]: unknown;
}

export interface LinkObserver {
  /** Messages can be sent, by a way on which nothing is open yet. */
  up(): void;
  /** Nothing can be sent. */
  down(): void;
  heard(message: Message): void;
}

/** The signaling socket, for clients and networks without data channels. */
export interface Socket {
  readonly isUp: boolean;
  /** Sends one message; false if it cannot be sent now. */
  tell(name: "channel", fields: { label: string; data: Message }): boolean;
}

/** What a message may have, where the server does not say (`limits.data_message_bytes`). */
export const MESSAGE_BYTES = 65_536;

// Beyond this a connection without data channels is taken to be one that gets none.
const PATIENCE_MS = 3_000;
// A preview that waits behind this much would come too late to be one.
const LIVE_BACKLOG_BYTES = 16_384;

/** One label, by the best way there is. */
export class Link {
  private observer: LinkObserver | null = null;
  private channel: RTCDataChannel | null = null;
  private way: "channel" | "socket" | null = null;
  private doubted = false;
  /** The data channel is closed for good: the connection has none, or the server closed it. */
  private closed = false;
  private lastId = 0;

  constructor(
    readonly label: Label,
    private readonly channels: Channels,
  ) {}

  get isUp(): boolean {
    return this.way !== null;
  }

  /** How messages go now; null while they cannot. */
  get carriedBy(): "channel" | "socket" | null {
    return this.way;
  }

  /** A number for `id` that no other message on this link has. */
  nextId(): number {
    this.lastId += 1;
    return this.lastId;
  }

  /** Tells `observer` from now on; it hears at once of a link that is up. */
  observe(observer: LinkObserver): void {
    this.observer = observer;
    if (this.way !== null) observer.up();
  }

  /** Sends a message; false if it is lost. Several go as one where the label allows it (`live`). */
  send(...messages: Message[]): boolean {
    if (this.way === "socket") {
      return messages.every((data) => this.channels.socket.tell("channel", { label: this.label, data }));
    }
    const { channel } = this;
    if (this.way === null || channel?.readyState !== "open") return false;
    if (this.label === "live" && channel.bufferedAmount > LIVE_BACKLOG_BYTES) return false;
    try {
      channel.send(jsonText(messages.length === 1 ? messages[0] : messages));
      return true;
    } catch {
      // Closed in this very moment, or its buffer is full: the link will be down next.
      return false;
    }
  }

  /**
   * An answer is overdue. After an outage SCTP may wait many seconds before it tries again; the socket is there
   * sooner. Until the data channel speaks again the socket is used.
   */
  doubt(): void {
    if (this.way !== "channel" || !this.channels.socket.isUp) return;
    this.doubted = true;
    this.choose();
  }

  /** The signaling socket came up: what was opened over an old one is closed, the other way is to prove itself. */
  socketUp(): void {
    const before = this.way;
    this.choose();
    if (this.way !== null && this.way === before) this.observer?.up();
  }

  /** Opens this label on a new peer connection; null: there is none. */
  attach(connection: RTCPeerConnection | null): void {
    const live = this.label === "live";
    const old = this.channel;
    this.channel = null;
    this.doubted = false;
    this.closed = false;
    old?.close();
    if (connection) {
      const channel = connection.createDataChannel(this.label, {
        protocol: SUBPROTOCOL,
        ordered: !live,
        ...(live ? { maxRetransmits: 0 } : {}),
      });
      this.channel = channel;
      channel.onopen = () => this.choose();
      channel.onclose = () => {
        if (this.channel !== channel) return;
        this.channel = null;
        this.closed = true;
        this.choose();
      };
      channel.onmessage = ({ data }) => this.hearChannel(channel, data);
    }
    this.choose();
  }

  /** A message that came over the socket. */
  hearSocket(data: unknown): void {
    if (this.way === "socket") this.hear(data);
  }

  /** Takes the best way there is now. */
  choose(): void {
    const { isUp } = this.channels.socket;
    const cut = this.channels.isCut && isUp;
    const open = this.channel?.readyState === "open" && !this.doubted && !cut;
    const socket = isUp && (this.doubted || this.closed || cut || !this.channels.patient);
    this.take(open ? "channel" : socket ? "socket" : null);
  }

  private take(way: "channel" | "socket" | null): void {
    if (way === this.way) return;
    this.way = way;
    if (way === null) this.observer?.down();
    else this.observer?.up();
  }

  private hearChannel(channel: RTCDataChannel, data: unknown): void {
    if (channel !== this.channel) return;
    if (this.way !== "channel") {
      // It lives after all. This message is of what was open on it before: it will come again.
      this.doubted = false;
      this.choose();
      return;
    }
    this.hear(parse(data));
  }

  /** One message, or several that came as one. */
  private hear(data: unknown): void {
    for (const message of Array.isArray(data) ? data : [data]) {
      if (isMessage(message)) this.observer?.heard(message);
    }
  }
}

export class Channels {
  /** Whether data channels may still come. */
  patient = true;
  /** Nothing comes over the connection now: who only listens would not know, so the socket is used meanwhile. */
  isCut = false;

  private readonly links = new Map<string, Link>();
  private connection: RTCPeerConnection | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(readonly socket: Socket) {}

  /** The link of a label. Known before the first offer, or with another label in it, it needs no negotiation. */
  link(label: Label): Link {
    let link = this.links.get(label);
    if (!link) {
      link = new Link(label, this);
      this.links.set(label, link);
      link.attach(this.connection);
    }
    return link;
  }

  /** There is a new peer connection, not offered yet; null: the old one is gone. */
  attach(connection: RTCPeerConnection | null): void {
    this.connection = connection;
    this.isCut = false;
    this.wait(true);
    for (const link of this.links.values()) link.attach(connection);
  }

  /** The connection's state changed. */
  note(state: RTCPeerConnectionState): void {
    const isCut = state === "disconnected" || state === "failed";
    if (isCut === this.isCut) return;
    this.isCut = isCut;
    for (const link of this.links.values()) link.choose();
  }

  /** The signaling socket is up: for the first time, or again. */
  socketUp(): void {
    // Without the socket no answer could come either.
    if (this.patient) this.wait(true);
    for (const link of this.links.values()) link.socketUp();
  }

  socketDown(): void {
    for (const link of this.links.values()) link.choose();
  }

  /** What came as `channel` over the socket. */
  hear(label: string, data: unknown): void {
    this.links.get(label)?.hearSocket(data);
  }

  close(): void {
    this.wait(false);
    this.connection = null;
    for (const link of this.links.values()) link.attach(null);
  }

  private wait(patient: boolean): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.patient = patient;
    if (!patient) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.patient = false;
      for (const link of this.links.values()) link.choose();
    }, PATIENCE_MS);
  }
}

function parse(data: unknown): unknown {
  if (typeof data !== "string") return null;
  try {
    return JSON.parse(data);
  } catch {
    // The server is not to be corrected by its client.
    return null;
  }
}

function isMessage(value: unknown): value is Message {
  return typeof value === "object" && value !== null && typeof (value as Message).t === "string";
}
