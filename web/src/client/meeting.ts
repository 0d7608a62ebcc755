/**
 * A meeting as an application uses it: who is there, what arrives, what is published, and a connection that comes
 * back by itself.
 *
 * Getters show the state now; `changed` is told whenever one of them may show something else.
 */

import { signalingUrl } from "./address";
import { Channels, MESSAGE_BYTES } from "./channels";
import { Chat } from "./chat";
import type { VideoCodec } from "./codecs";
import { MediaConnection } from "./connection";
import { onDevicesChanged } from "./devices";
import { Documents } from "./documents";
import { Emitter } from "./emitter";
import { closeWords } from "./endings";
import { request } from "./http";
import { keptOnPage } from "./kept_edits";
import { KeptPlace } from "./kept_place";
import { Line } from "./line";
import { Live } from "./live";
import type { Device, DeviceError, MediaWishes } from "./media";
import { onNetworkChange } from "./network";
import { type LocalTrack, OwnMedia, type PublishOptions } from "./own_media";
import { type Quality, qualityWords } from "./quality";
import { QualityWatch } from "./quality_watch";
import { Recovery } from "./recovery";
import { Roster } from "./roster";
import { type Session, SessionClosed, type SessionOptions } from "./signaling";
import { type Slot, slotsToAdd } from "./slots";
import { randomClient } from "./topic";
import type {
  Events,
  Joined,
  Kind,
  Limits,
  Moderation,
  Participant,
  Requests,
  Room,
  ServerStats,
  Source,
  Track,
  View,
} from "./types";

export interface ConnectOptions {
  /** The server, as `https://meet.example`; the page's own unless told. */
  server?: string;
  /** The invitation, or where to get one. */
  token: string | (() => Promise<string>);
  /** Needed where the token is good for any room. */
  room?: string;
  /** Slots of the first offer, 9 and 9; they grow with what others publish, up to `maxSlots`, 25 and 25. */
  slots?: Partial<Record<Kind, number>>;
  maxSlots?: Partial<Record<Kind, number>>;
  /** What video is published in first; VP8 unless told. */
  codec?: VideoCodec;
  /** False: a camera is sent in one size. */
  simulcast?: boolean;
  /** True: the microphone in stereo, without echo cancellation, and stereo asked of others (for music). */
  stereo?: boolean;
  /** Asked of a camera; 1280 × 720 at 30 unless told. */
  width?: number;
  height?: number;
  fps?: number;
  /** contentHint of the camera. */
  hint?: MediaWishes["hint"];
  /** False: a reload of the page makes a new participant. */
  keepPlace?: boolean;
  /** What the server's log calls this client. */
  client?: string;
  /** For tests outside browsers. */
  socket?: SessionOptions["socket"];
}

/**
 * `connecting` to the server for the first time, `waiting` in the lobby, `connected`, `poor` (connected, but badly),
 * `reconnecting` (line or media lost, tries are under way), `failed` (over, see `reason`), `left`.
 */
export type MeetingState =
  | "connecting"
  | "waiting"
  | "connected"
  | "poor"
  | "reconnecting"
  | "failed"
  | "left";

/** The server's events (protocol, section 2) under their own names, and what the client adds. */
export interface MeetingEvents extends Omit<Events, "slots" | "error"> {
  /** Something that the getters show is different. */
  changed: object;
  state: { state: MeetingState; reason: string };
  /** These slots were added, seated, removed, or show something else. */
  slots: { slots: Slot[] };
  /** What is published of ours changed; null: it is published no more. */
  local: { source: Source; track: LocalTrack | null };
  /** The server does not let us publish that, or no longer. */
  refused: { source: Source; code: string };
  /** Somebody muted us. */
  muted_by_others: { source: Source };
  /** A device was unplugged; `replaced` by the default one, or muted until it is back. */
  device_lost: { device: Device; replaced: boolean };
  /** A device came or went: list them anew. */
  devices_changed: object;
  /** Something did not work that nobody waited for. The meeting goes on. */
  error: { error: unknown };
  /** It is over; the state is `failed` or `left`. */
  closed: { code: number; reason: string };
}

/** Milliseconds of `performance.now()`; null until it happened. */
export interface Timings {
  wsOpen: number | null;
  joined: number | null;
  answered: number | null;
  connected: number | null;
  /** First decoded frame of somebody else, marked by the page. */
  firstFrame: number | null;
}

/** The meeting ended before, or the server refused us. */
export class MeetingClosed extends Error {
  override readonly name = "MeetingClosed";
  constructor(
    /** Of the protocol, section 2, or 4900 and above: our own. */
    readonly code: number,
    reason: string,
  ) {
    super(reason);
  }
}

const SLOTS = 9;
const MAX_SLOTS = 25;
// The server's default, for one that does not say.
const CHAT_SNAPSHOT = 200;
const DEVICE_PATIENCE_MS = 2_000;

export class Meeting {
  /** Resolves when we are in the room; rejects with `MeetingClosed` if that never happens. */
  readonly entered: Promise<void>;
  readonly timings: Timings = {
    wsOpen: null,
    joined: null,
    answered: null,
    connected: null,
    firstFrame: null,
  };
  readonly roster = new Roster();
  /** The services' messages, for those this class has nothing for. */
  readonly channels: Channels;
  readonly chat: Chat;
  readonly documents: Documents;
  readonly live: Live;
  /** The connection that carries media; null before it is made, while it is replaced, and after the end. */
  media: MediaConnection | null = null;

  private readonly events = new Emitter<MeetingEvents>();
  private readonly line: Line;
  private readonly own: OwnMedia;
  private readonly watch: QualityWatch;
  private readonly recovery = new Recovery();
  private readonly place: KeptPlace | null;
  private readonly stop: (() => void)[];
  private iceServers: RTCIceServer[] = [];
  private limits: Limits = {};
  /** How far the server's clock is ahead of ours; 0 while unknown. */
  private clockAheadMs = 0;
  private lastView: View = { mode: "auto" };
  private lastLook: string | null = null;
  private negotiatedBefore = 0;
  private recoveryTimer: ReturnType<typeof setTimeout> | null = null;
  private standing: { state: MeetingState; reason: string } = { state: "connecting", reason: "" };
  private inLobby = false;
  private closedBy: MeetingClosed | null = null;
  private resolveEntered!: () => void;
  private rejectEntered!: (error: MeetingClosed) => void;

  constructor(private readonly options: ConnectOptions) {
    const { codec = "VP8", simulcast = true, keepPlace = true } = options;
    const url = signalingUrl(options.server);
    this.entered = new Promise((resolve, reject) => {
      this.resolveEntered = resolve;
      this.rejectEntered = reject;
    });
    // Whoever does not wait for it hears of a failure by `closed`.
    this.entered.catch(() => {});
    const browser = typeof window !== "undefined";
    this.place =
      keepPlace && browser
        ? new KeptPlace(() => sessionStorage, url, options.room ?? String(options.token))
        : null;
    this.own = new OwnMedia({
      codec,
      simulcast,
      wishes: {
        width: options.width ?? 1280,
        height: options.height ?? 720,
        fps: options.fps ?? 30,
        hint: options.hint ?? "",
        stereo: options.stereo ?? false,
      },
      onChange: (source, track) => this.tell("local", { source, track }),
      onLost: (device, replaced) => this.tell("device_lost", { device, replaced }),
      onError: (error) => this.fail(error),
    });
    this.line = new Line(
      {
        url,
        token: options.token,
        resume: this.place?.take() ?? null,
        client: options.client ?? "web",
        ...(options.room === undefined ? {} : { room: options.room }),
        ...(options.socket ? { socket: options.socket } : {}),
      },
      {
        opened: () => this.mark("wsOpen"),
        up: (joined) => this.up(joined),
        down: () => {
          this.channels.socketDown();
          this.assess();
        },
        over: (closed) => this.end(closed),
        refused: (error) => this.fail(error),
      },
    );
    this.channels = new Channels(this.line);
    this.live = new Live(this.channels.link("live"));
    this.chat = new Chat({
      link: this.channels.link("chat"),
      client: randomClient(),
      self: () => ({ identity: this.me?.identity ?? "", name: this.me?.name ?? "" }),
      fetch: (path) => this.fetch(path),
      history: () => `/api/v1/rooms/${encodeURIComponent(this.room?.name ?? "")}/chat`,
      clock: () => this.serverTime,
      snapshotSize: () => this.limits.chat ?? CHAT_SNAPSHOT,
    });
    this.documents = new Documents(
      {
        link: this.channels.link("documents"),
        live: this.live,
        client: randomClient(),
        messageBytes: () => this.limits.data_message_bytes ?? MESSAGE_BYTES,
        who: (participant) => this.participants.get(participant) ?? null,
        self: () => this.roster.self,
        kept: keptOnPage(),
        http: (path, init) => this.http(path, init),
      },
      () => this.room?.name ?? "",
    );
    this.watch = new QualityWatch(
      () => (this.media ? { connection: this.media.connection, slots: this.slots.values() } : null),
      () => {
        this.assess();
        this.changed();
      },
    );
    this.stop = [
      onNetworkChange(() => this.networkChanged()),
      onDevicesChanged(() => {
        this.events.emit("devices_changed", {});
        void this.own.devicesChanged();
      }),
      this.keepPlaceOnReload(),
    ];
    this.listen();
    this.line.open();
  }

  // --- what there is ------------------------------------------------------------------------------------

  get state(): MeetingState {
    return this.standing.state;
  }

  /** Why the state is not `connected`, as a sentence; "" where there is nothing to say. */
  get reason(): string {
    return this.standing.reason;
  }

  /** Null before we are in the room. */
  get room(): Room | null {
    return this.roster.room;
  }

  /** Ourselves; null before we are in the room. */
  get me(): Participant | null {
    return this.roster.participants.get(this.roster.self) ?? null;
  }

  /** By id, ourselves too. Very large rooms list only some; `count` has all. */
  get participants(): ReadonlyMap<string, Participant> {
    return this.roster.participants;
  }

  get count(): number {
    return this.roster.count;
  }

  /** By id: everything that is published, by us too. */
  get tracks(): ReadonlyMap<string, Track> {
    return this.roster.tracks;
  }

  /** Who speaks now: participant to loudness 0–1. */
  get speakers(): ReadonlyMap<string, number> {
    return this.roster.speakers;
  }

  /** What participants look at: the id of a track, document or board; not in very large rooms. */
  get looking(): ReadonlyMap<string, string> {
    return this.roster.looking;
  }

  /** Who waits in the lobby, by id; only those who may admit are told. */
  get knocking(): ReadonlyMap<string, Participant> {
    return this.roster.knocking;
  }

  /** What arrives, by mid. A slot is an object for its life: a new peer connection brings new ones. */
  get slots(): ReadonlyMap<string, Slot> {
    return this.media?.table.slots ?? new Map();
  }

  /** What we publish. */
  get local(): ReadonlyMap<Source, LocalTrack> {
    return this.own.tracks;
  }

  /** How well a participant arrives, or how good our own connection is (our own id); null while unknown. */
  quality(participant: string): Quality | null {
    return (
      this.watch.scores.get(participant) ??
      (participant === this.roster.self ? this.watch.scores.get("") : null) ??
      null
    );
  }

  /** A fresh token for HTTP; "" before we are in the room. */
  get token(): string {
    return this.line.token ?? "";
  }

  /** The peer connection in use, for statistics and data channels. */
  get connection(): RTCPeerConnection | null {
    return this.media?.connection ?? null;
  }

  /** The session in use, for requests this class has no method for; null while the line is down. */
  get session(): Session | null {
    return this.line.session;
  }

  /** The server's clock, as far as we know: UTC milliseconds since 1970. */
  get serverTime(): number {
    return Date.now() + this.clockAheadMs;
  }

  /** A limit the server told, if it did. */
  limitOf(name: keyof Limits): number | undefined {
    return this.limits[name];
  }

  /** Offers answered so far, over all peer connections of this meeting. */
  get negotiations(): number {
    return this.negotiatedBefore + (this.media?.negotiations ?? 0);
  }

  /** Calls `listener` for every event of that name; returns the call that stops it. */
  on<Name extends keyof MeetingEvents>(
    name: Name,
    listener: (event: MeetingEvents[Name]) => void,
  ): () => void {
    return this.events.on(name, listener);
  }

  // --- what can be done ---------------------------------------------------------------------------------

  /**
   * Publishes a source, or replaces what it captures; may be called before `entered`.
   * `screen` asks the person and brings `screen_audio` along where there is sound. Throws `DeviceError`.
   */
  publish(source: Source, options?: PublishOptions): Promise<LocalTrack> {
    return this.own.publish(source, options);
  }

  /** Opens and publishes camera and microphone together, asking once; returns what could not be opened. */
  publishDevices(devices: readonly Device[] = ["camera", "microphone"]): Promise<DeviceError[]> {
    return this.own.publishDevices(devices);
  }

  /** Stops publishing a source; its device is released. To be silent for a while, `mute` is cheaper. */
  unpublish(source: Source): Promise<void> {
    return this.own.unpublish(source);
  }

  /** Mutes or unmutes a source of ours; unmuting opens the device if need be (throws `DeviceError`). */
  mute(source: Source, muted: boolean): Promise<void> {
    return this.own.mute(source, muted);
  }

  /** Mutes a track of somebody else (needs `mute_others`); only they can unmute it. */
  async muteOther(track: string): Promise<void> {
    await this.line.request("mute", { track, muted: true });
  }

  /** Takes another camera or microphone, null for the default, without negotiation. Throws `DeviceError`. */
  useDevice(device: Device, deviceId: string | null): Promise<void> {
    return this.own.useDevice(device, deviceId);
  }

  /** Says what to receive; replaces the view before. Told again after a reconnect. Throws `RequestError`. */
  async view(view: View): Promise<void> {
    this.lastView = view;
    if (!this.line.isUp) return;
    await this.line.request("view", view).catch((error: unknown) => {
      if (!(error instanceof SessionClosed)) throw error;
    });
  }

  /** Says what we have before us: a track, document or board by its id; null: nothing of these. */
  look(at: string | null): void {
    if (at === this.lastLook) return;
    this.lastLook = at;
    this.sendLook();
  }

  /** Throws `RequestError` where the grant is missing. */
  async moderate(moderation: Moderation): Promise<void> {
    await this.line.request("moderate", moderation);
    if (moderation.action === "admit" || moderation.action === "deny")
      this.roster.answered(moderation.participant);
    this.changed();
  }

  /** Changes what others see of us: `name`, `metadata`, `hand`. */
  async update(attributes: Requests["update"]["send"]): Promise<void> {
    await this.line.request("update", attributes);
  }

  /** The server's view of our connection. */
  stats(): Promise<ServerStats> {
    return this.line.request("stats", {});
  }

  /** Tries again now, without waiting for the next try. */
  reconnect(): void {
    this.networkChanged();
  }

  async leave(): Promise<void> {
    await this.line.leave();
  }

  /**
   * Asks the server over HTTP, with a token of this session: `path` as in `/api/v1/…`. Throws `RequestError` with the
   * code the server gave, unless it went well.
   */
  http(path: string, init: RequestInit = {}): Promise<Response> {
    return request(this.line.address, this.token, path, init);
  }

  private async fetch(path: string): Promise<Record<string, unknown>> {
    return (await (await this.http(path)).json()) as Record<string, unknown>;
  }

  // --- the connection -----------------------------------------------------------------------------------

  private listen(): void {
    const { line } = this;
    this.roster.follow(line, () => {
      this.grow();
      this.documents.know(this.room?.documents);
      this.changed();
    });
    line.on("waiting", () => {
      this.inLobby = true;
      this.assess();
    });
    line.on("pc_closed", () => {
      if (this.media) this.renewMedia();
    });
    line.on("codec", ({ track, use }) => {
      const source = this.media?.sourceOf(track);
      if (source) this.own.encodeIn(source, use).catch((error) => this.fail(error));
    });
    line.on("quality", ({ participants }) => this.watch.learn(participants));
    line.on("participant_left", ({ participant }) => {
      this.watch.forget(participant);
      this.live.rested(participant);
      this.documents.left(participant);
    });
    line.on("channel", ({ label, data }) => this.channels.hear(label, data));
    line.on("moved", () => {
      this.chat.forget();
      this.documents.moved();
    });
    this.chat.on("said", ({ message }) => {
      for (const { id, identity } of this.participants.values()) {
        if (identity === message.from) this.live.rested(id, "chat");
      }
    });
    line.on("error", ({ message }) => this.fail(new Error(message)));
    for (const name of FORWARDED) line.on(name, (event) => this.events.emit(name, event as never));
  }

  /** Before the event of it is told: the roster is still the old one. */
  private up(joined: Joined): void {
    this.mark("joined");
    this.iceServers = joined.ice_servers;
    this.limits = joined.limits ?? {};
    // Somebody's clock may be wrong by a year; what they say stands beside what others say.
    if (!joined.resumed) this.clockAheadMs = joined.participant.joined_at - Date.now();
    this.inLobby = false;
    this.channels.socketUp();
    if (joined.resumed && this.media) {
      this.media.reconcile(joined.tracks);
      // An offer whose answer was lost with the socket goes again.
      if (this.media.pending) this.negotiate(this.media);
      const { lastView: view } = this;
      if (view.mode === "manual" || view.slots || view.pin || view.want) this.sendView();
      this.recovery.hurry(performance.now());
      this.arm();
    } else {
      // Nobody knows our mids on a new connection; what is pinned stays pinned.
      const { pin, want } = this.lastView.mode === "auto" ? this.lastView : {};
      this.lastView = { mode: "auto", ...(pin ? { pin } : {}), ...(want ? { want } : {}) };
      this.sendView();
      const { session } = this.line;
      void this.readyToOffer(joined.resumed).then(() => {
        if (this.line.isUp && this.line.session === session) this.renewMedia();
      });
    }
    if (joined.resumed || this.lastLook !== null) this.sendLook();
    this.assess();
    this.resolveEntered();
  }

  /** The roster has heard `joined` by then: it says how many slots there have to be. */
  private async readyToOffer(reloaded: boolean): Promise<void> {
    await null;
    if (!reloaded) return;
    // What the page before published stays published if the first offer has it: others see a frozen picture only.
    const patience = new Promise((resolve) => setTimeout(resolve, DEVICE_PATIENCE_MS));
    await Promise.race([this.own.settled(), patience]);
  }

  private sendView(): void {
    this.view(this.lastView).catch((error) => this.fail(error));
  }

  private sendLook(): void {
    if (!this.line.isUp) return;
    // Refused is what is gone by now, and a look at that is none; a line that breaks is told when it is back.
    this.line.request("look", { at: this.lastLook }).catch(() => {});
  }

  private renewMedia(): void {
    if (this.closedBy) return;
    this.dropMedia();
    const media: MediaConnection = new MediaConnection({
      session: this.line,
      iceServers: this.iceServers,
      codec: this.options.codec ?? "VP8",
      stereo: this.options.stereo ?? false,
      onSlots: (slots) => this.tell("slots", { slots }),
      onRefused: (source, code) => {
        this.own.refused(source);
        this.tell("refused", { source, code });
      },
      onMuted: (source) => {
        this.own.obey(source);
        this.tell("muted_by_others", { source });
      },
      onState: () => {
        if (this.media === media) this.mediaChanged(media.connection);
      },
    });
    this.media = media;
    this.channels.attach(media.connection);
    for (const kind of ["video", "audio"] as const) {
      const first = Math.min(this.options.slots?.[kind] ?? SLOTS, this.limit(kind));
      media.addSlots(kind, first + this.wanted(kind, first));
    }
    this.own.attach(media);
    this.watch.reset();
    this.recovery.begin(performance.now());
    this.arm();
    this.negotiate(media);
    this.changed();
  }

  private dropMedia(): void {
    if (!this.media) return;
    this.negotiatedBefore += this.media.negotiations;
    this.channels.attach(null);
    this.media.close();
    this.media = null;
    this.own.attach(null);
  }

  private mediaChanged(connection: RTCPeerConnection): void {
    const { connectionState, iceConnectionState } = connection;
    if (connectionState === "connected") this.mark("connected");
    this.channels.note(connectionState);
    const iceConnected = iceConnectionState === "connected" || iceConnectionState === "completed";
    this.recovery.note(connectionState, iceConnected, performance.now());
    this.arm();
    this.assess();
    this.changed();
  }

  private networkChanged(): void {
    const before = this.line.session;
    void this.line.check().then(() => {
      // The line is new: `up` has seen to the media. It is the old one: the path of the media may still be dead.
      if (this.line.session !== before || !this.line.isUp) return;
      this.recovery.hurry(performance.now());
      this.arm();
    });
  }

  private arm(): void {
    if (this.recoveryTimer !== null) clearTimeout(this.recoveryTimer);
    this.recoveryTimer = null;
    const { dueAt } = this.recovery;
    // While the line is down no offer can be made; `up` comes back here.
    if (dueAt === null || !this.line.isUp || this.closedBy) return;
    this.recoveryTimer = setTimeout(() => this.remedy(), Math.max(0, dueAt - performance.now()));
  }

  private remedy(): void {
    this.recoveryTimer = null;
    const { media } = this;
    // A timer may come a little early.
    const remedy = this.recovery.remedy(performance.now() + 1);
    if (remedy === "new_connection") this.renewMedia();
    else if (remedy === "restart_ice" && media) {
      media.restartIce();
      this.negotiate(media);
    }
    this.arm();
    this.assess();
  }

  private grow(): void {
    if (!this.media || !this.line.isUp) return;
    let added = 0;
    for (const kind of ["video", "audio"] as const) {
      const more = this.wanted(kind, this.media.slotCount(kind));
      this.media.addSlots(kind, more);
      added += more;
    }
    if (added > 0) this.negotiate(this.media);
  }

  private wanted(kind: Kind, slots: number): number {
    return slotsToAdd(this.roster.othersTracks(kind), slots, this.limit(kind));
  }

  private limit(kind: Kind): number {
    const server = kind === "video" ? this.limits.max_slots_video : this.limits.max_slots_audio;
    const ours = this.options.maxSlots?.[kind] ?? Math.max(MAX_SLOTS, this.options.slots?.[kind] ?? 0);
    return Math.min(ours, server ?? Number.POSITIVE_INFINITY);
  }

  private negotiate(media: MediaConnection): void {
    media.negotiate().then(
      () => this.mark("answered"),
      (error) => {
        if (this.media === media && !(error instanceof SessionClosed)) this.fail(error);
      },
    );
  }

  // --- telling ------------------------------------------------------------------------------------------

  /** Judges the state from all there is. */
  private assess(): void {
    const next = this.judged();
    if (next.state === this.standing.state && next.reason === this.standing.reason) return;
    this.standing = next;
    this.events.emit("state", next);
    this.changed();
  }

  private judged(): { state: MeetingState; reason: string } {
    if (this.closedBy) {
      const { code, message } = this.closedBy;
      return { state: code === 1000 ? "left" : "failed", reason: message };
    }
    if (this.inLobby) return { state: "waiting", reason: "Somebody in the meeting will let you in." };
    const begun = this.timings.joined !== null;
    if (!this.line.isUp) {
      return begun
        ? { state: "reconnecting", reason: "The connection to the server was lost. Trying again." }
        : { state: "connecting", reason: "" };
    }
    const media = this.media?.connection.connectionState;
    // New and on its way for the first time is no trouble yet.
    if (media === "disconnected" || media === "failed" || this.recovery.inTrouble) {
      return { state: "reconnecting", reason: "Sound and picture were lost. Trying again." };
    }
    if (this.watch.poor) return { state: "poor", reason: qualityWords(this.watch.poor.reason) };
    return { state: "connected", reason: "" };
  }

  private tell<Name extends keyof MeetingEvents>(name: Name, event: MeetingEvents[Name]): void {
    this.events.emit(name, event);
    this.changed();
  }

  private changed(): void {
    this.events.emit("changed", {});
  }

  private fail(error: unknown): void {
    // What fails because the meeting is over is told by `closed`.
    if (!this.closedBy) this.events.emit("error", { error });
  }

  private mark(name: keyof Timings): void {
    this.timings[name] ??= performance.now();
  }

  private keepPlaceOnReload(): () => void {
    const { place } = this;
    if (!place) return () => {};
    const keep = (): void => {
      if (this.line.resume !== null && !this.closedBy) place.keep(this.line.resume);
    };
    addEventListener("pagehide", keep);
    return () => removeEventListener("pagehide", keep);
  }

  private end(closed: SessionClosed): void {
    this.closedBy = new MeetingClosed(closed.code, closeWords(closed.code));
    for (const stop of this.stop) stop();
    this.watch.stop();
    this.arm();
    this.dropMedia();
    this.channels.close();
    this.documents.end("ended");
    this.live.close();
    this.own.close();
    this.rejectEntered(this.closedBy);
    this.assess();
    this.tell("closed", { code: closed.code, reason: this.closedBy.message });
  }
}

/** The server's events that are passed on as they are. */
const FORWARDED = [
  "joined",
  "waiting",
  "participant_joined",
  "participant_updated",
  "participant_left",
  "roster",
  "track_published",
  "track_updated",
  "track_unpublished",
  "speakers",
  "quality",
  "layers",
  "codec",
  "recording",
  "recording_problem",
  "room_updated",
  "knock",
  "knock_ended",
  "pc_closed",
  "moved",
  "token",
  "draining",
  "ended",
] as const;

/** Enters a room. Returns at once; `entered` resolves when we are in. */
export function connect(options: ConnectOptions): Meeting {
  return new Meeting(options);
}
