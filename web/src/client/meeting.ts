/**
 * A meeting as a page uses it: enters the room, keeps slots for what others publish, turns the own devices on and
 * off, and brings the media back when a peer connection dies under a living session.
 */

import type { VideoCodec } from "./codecs";
import { MediaConnection } from "./connection";
import { cameraEncodings } from "./encodings";
import { type Device, type DeviceError, type MediaWishes, openDevices } from "./media";
import { Roster } from "./roster";
import { Session, type SessionClosed } from "./signaling";
import { slotsToAdd } from "./slots";
import type { Joined, Kind, Limits, Source } from "./types";

export interface MeetingOptions {
  /** Address of `/rtc`. */
  url: string;
  room: string;
  slots: Record<Kind, number>;
  /** How far the slots may grow. */
  maxSlots: Record<Kind, number>;
  codec: VideoCodec;
  simulcast: boolean;
  wishes: MediaWishes;
}

/** What a page hears; it reads the rest from the meeting when `changed` is called. */
export interface MeetingObserver {
  changed(): void;
  waiting(): void;
  refused(source: Source, code: string): void;
  mutedByOthers(device: Device): void;
  deviceLost(device: Device): void;
  draining(): void;
  failed(error: unknown): void;
  ended(closed: SessionClosed): void;
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

interface LocalDevice {
  track: MediaStreamTrack | null;
  on: boolean;
}

const MEDIA_RETRY_MS = 2_000;

export class Meeting {
  readonly session: Session;
  readonly roster = new Roster();
  readonly timings: Timings = {
    wsOpen: null,
    joined: null,
    answered: null,
    connected: null,
    firstFrame: null,
  };
  /** Replaced by a new one when the peer connection is lost; null before `enter` and after the end. */
  media: MediaConnection | null = null;

  private readonly local: Record<Device, LocalDevice> = {
    camera: { track: null, on: false },
    microphone: { track: null, on: false },
  };
  private iceServers: RTCIceServer[] = [];
  private limits: Limits = {};
  private negotiatedBefore = 0;
  private retry: ReturnType<typeof setTimeout> | null = null;
  private over = false;

  constructor(
    private readonly options: MeetingOptions,
    private readonly observer: MeetingObserver,
  ) {
    this.session = new Session({ url: options.url });
    this.session.opened.then(
      () => this.mark("wsOpen"),
      () => {},
    );
    void this.session.closed.then((closed) => this.end(closed));
    this.roster.follow(this.session, () => {
      this.grow();
      observer.changed();
    });
    this.session.on("waiting", () => observer.waiting());
    this.session.on("draining", () => observer.draining());
    this.session.on("pc_closed", () => this.mediaLost());
    this.session.on("error", ({ message }) => observer.failed(new Error(message)));
  }

  /** Offers answered so far, over all peer connections of this meeting. */
  get negotiations(): number {
    return this.negotiatedBefore + (this.media?.negotiations ?? 0);
  }

  isOn(device: Device): boolean {
    return this.local[device].on;
  }

  /** The own camera's track while it is on. */
  get cameraTrack(): MediaStreamTrack | null {
    return this.local.camera.on ? this.local.camera.track : null;
  }

  /** Joins and starts to receive; rejects with `SessionClosed` when the server refuses. */
  async enter(token: string): Promise<Joined> {
    const joined = await this.session.join({ token, room: this.options.room, client: "web" });
    this.mark("joined");
    this.iceServers = joined.ice_servers;
    this.limits = joined.limits ?? {};
    this.session.request("view", { mode: "auto" }).catch((error) => this.fail(error));
    this.openMedia();
    return joined;
  }

  /** Opens devices and publishes what could be opened; returns what could not. May begin before `enter`. */
  async openDevices(devices: readonly Device[]): Promise<DeviceError[]> {
    const { tracks, problems } = await openDevices(devices, this.options.wishes);
    let added = false;
    for (const [device, track] of tracks) {
      if (this.over) track.stop();
      else added = this.take(device, track) || added;
    }
    if (this.media && added) this.negotiate(this.media);
    if (!this.over) this.observer.changed();
    return problems;
  }

  /** Turns a device on or off; returns why it could not be opened, or null. */
  async turn(device: Device, on: boolean): Promise<DeviceError | null> {
    const local = this.local[device];
    if (on && local.track === null) {
      const [problem] = await this.openDevices([device]);
      if (problem) return problem;
    } else {
      local.on = on;
      if (local.track) local.track.enabled = on;
      // The camera's lamp must go out; a microphone is kept, so that unmuting loses no word.
      if (!on && device === "camera") this.release(device);
    }
    this.observer.changed();
    await this.media?.mute(device, !this.isOn(device));
    return null;
  }

  async leave(): Promise<void> {
    await this.session.leave();
  }

  /** Makes a track the device's own; returns whether that needs an offer. */
  private take(device: Device, track: MediaStreamTrack): boolean {
    this.local[device] = { track, on: true };
    track.addEventListener("ended", () => {
      if (this.local[device].track !== track) return;
      this.observer.deviceLost(device);
      this.release(device);
      this.media?.mute(device, true).catch((error) => this.fail(error));
      this.observer.changed();
    });
    if (!this.media) return false;
    if (this.media.publishes(device)) {
      this.media.replace(device, track).catch((error) => this.fail(error));
      return false;
    }
    this.media.publish(device, track, this.encodings(device));
    return true;
  }

  private release(device: Device): void {
    this.local[device].track?.stop();
    this.local[device] = { track: null, on: false };
    this.media?.replace(device, null).catch((error) => this.fail(error));
  }

  private encodings(device: Device) {
    return device === "camera" ? cameraEncodings(this.options.simulcast, this.options.codec) : [];
  }

  private openMedia(): void {
    const media: MediaConnection = new MediaConnection({
      session: this.session,
      iceServers: this.iceServers,
      codec: this.options.codec,
      stereo: this.options.wishes.stereo,
      onSlots: () => this.observer.changed(),
      onRefused: (source, code) => {
        if (source === "camera" || source === "microphone") this.release(source);
        this.observer.refused(source, code);
      },
      onMuted: (source) => {
        if (source !== "camera" && source !== "microphone") return;
        this.local[source].on = false;
        if (this.local[source].track) this.local[source].track.enabled = false;
        if (source === "camera") this.release(source);
        this.observer.mutedByOthers(source);
        this.observer.changed();
      },
      onState: (state) => {
        if (state === "connected") this.mark("connected");
        if (state === "failed" && this.media === media) this.mediaLost();
      },
    });
    this.media = media;
    for (const kind of ["video", "audio"] as const) {
      const first = Math.min(this.options.slots[kind], this.limit(kind));
      media.addSlots(kind, first + this.wanted(kind, first));
    }
    for (const device of ["camera", "microphone"] as const) {
      const { track, on } = this.local[device];
      if (!track) continue;
      media.publish(device, track, this.encodings(device));
      if (!on) media.mute(device, true).catch((error) => this.fail(error));
    }
    this.negotiate(media);
  }

  /** The server gave up the peer connection, or it died here: a new one takes its place in the same session. */
  private mediaLost(): void {
    if (this.over || this.retry !== null || !this.media) return;
    this.negotiatedBefore += this.media.negotiations;
    this.media.close();
    this.media = null;
    this.observer.changed();
    this.retry = setTimeout(() => {
      this.retry = null;
      if (!this.over) this.openMedia();
    }, MEDIA_RETRY_MS);
  }

  private grow(): void {
    if (!this.media) return;
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
    return Math.min(this.options.maxSlots[kind], server ?? Number.POSITIVE_INFINITY);
  }

  private negotiate(media: MediaConnection): void {
    media.negotiate().then(
      () => this.mark("answered"),
      (error) => {
        if (this.media === media) this.fail(error);
      },
    );
  }

  private fail(error: unknown): void {
    // What fails because the meeting is over is told by `ended`.
    if (!this.over) this.observer.failed(error);
  }

  private mark(name: keyof Timings): void {
    this.timings[name] ??= performance.now();
  }

  private end(closed: SessionClosed): void {
    this.over = true;
    if (this.retry !== null) clearTimeout(this.retry);
    this.negotiatedBefore = this.negotiations;
    this.media?.close();
    this.media = null;
    for (const { track } of Object.values(this.local)) track?.stop();
    this.observer.ended(closed);
  }
}
