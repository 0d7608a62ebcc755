/**
 * What this client publishes, over all peer connections of a meeting: opens devices and screens, mutes, falls back
 * when a device is unplugged, and puts everything into a new connection when there is one.
 */

import { CODEC_ORDER, type VideoCodec } from "./codecs";
import type { MediaConnection } from "./connection";
import { cameraEncodings, screenEncodings } from "./encodings";
import {
  type Device,
  DeviceError,
  type MediaWishes,
  openDevice,
  openDevices,
  openScreen,
  type ScreenWishes,
} from "./media";
import type { Source, Surface } from "./types";

/** One thing this client publishes. */
export interface LocalTrack {
  readonly source: Source;
  /** What is captured; null while muted with the device released, or while there is no device. */
  media: MediaStreamTrack | null;
  muted: boolean;
  /** The device that was asked for; null for the default. */
  deviceId: string | null;
  /** True while its device is unplugged and there is no other: it comes back by itself. */
  missing: boolean;
  surface: Surface | null;
}

export interface PublishOptions extends ScreenWishes {
  /** A track of your own in place of a device's. It is stopped when it is no longer published. */
  track?: MediaStreamTrack;
  /** Camera or microphone to open; the default unless told. */
  deviceId?: string;
  /** Published but muted from the start. */
  muted?: boolean;
}

export interface OwnMediaOptions {
  codec: VideoCodec;
  simulcast: boolean;
  wishes: MediaWishes;
  /** Something of a source changed; its track is null when it is published no more. */
  onChange: (source: Source, track: LocalTrack | null) => void;
  /** A device was unplugged; `replaced` when another went on in its place. */
  onLost: (device: Device, replaced: boolean) => void;
  onError: (error: unknown) => void;
}

export class OwnMedia {
  readonly tracks = new Map<Source, LocalTrack>();
  /** Of sources that are published in another codec than `options.codec`, on the server's word. */
  private readonly codecs = new Map<Source, VideoCodec>();
  private media: MediaConnection | null = null;
  private over = false;
  private readonly opening = new Set<Promise<unknown>>();

  constructor(private readonly options: OwnMediaOptions) {}

  /** Publishes everything in a new connection, before its first offer; null when the connection is lost. */
  attach(media: MediaConnection | null): void {
    this.media = media;
    if (media) for (const track of this.tracks.values()) this.put(media, track);
  }

  /** Opens and publishes several devices, asking the person once; returns what could not be opened. */
  publishDevices(devices: readonly Device[]): Promise<DeviceError[]> {
    return this.underWay(this.openTogether(devices));
  }

  /** Publishes a source, or replaces what it captures; throws `DeviceError`. */
  publish(source: Source, options: PublishOptions = {}): Promise<LocalTrack> {
    return this.underWay(this.open(source, options));
  }

  /** Resolves when no device is being opened. */
  async settled(): Promise<void> {
    while (this.opening.size > 0) await Promise.allSettled(this.opening);
  }

  /** Stops a source; its device is released. The sound of a screen goes with it. */
  async unpublish(source: Source): Promise<void> {
    const track = this.tracks.get(source);
    if (!track) return;
    if (source === "screen") await this.unpublish("screen_audio");
    this.drop(track);
    this.media?.unpublish(source);
    await this.negotiate();
  }

  /**
   * Mutes a source, or unmutes it, which publishes it if it was not; throws `DeviceError`.
   * A muted camera is released (its lamp goes out); a microphone is kept, so that unmuting loses no word.
   */
  async mute(source: Source, muted: boolean): Promise<void> {
    const track = this.tracks.get(source);
    if (!track) {
      if (!muted) await this.publish(source);
      return;
    }
    if (!muted && track.media === null && (source === "camera" || source === "microphone")) {
      this.use(track, await this.reopen(source, track.deviceId));
    }
    track.missing = false;
    this.silence(track, muted);
    await this.media?.mute(source, muted);
  }

  /** Takes another camera or microphone; null for the default. Muted, it is only remembered. */
  async useDevice(device: Device, deviceId: string | null): Promise<void> {
    const track = this.tracks.get(device);
    if (!track) {
      await this.publish(device, deviceId === null ? {} : { deviceId });
      return;
    }
    if (track.media === null) {
      track.deviceId = deviceId;
      return;
    }
    const media = await openDevice(device, this.options.wishes, deviceId);
    track.deviceId = deviceId;
    this.use(track, media);
  }

  /** The server muted it (a host may). */
  obey(source: Source): void {
    const track = this.tracks.get(source);
    if (track) this.silence(track, true);
  }

  /**
   * Publishes a source anew in another codec, as there are some who cannot decode the one it has. A codec that this
   * browser lacks, or that was tried, changes nothing.
   */
  async encodeIn(source: Source, codec: string): Promise<void> {
    const track = this.tracks.get(source);
    const use = CODEC_ORDER.find((one) => one === codec);
    if (!track || !this.media || !use || (this.codecs.get(source) ?? this.options.codec) === use) return;
    this.codecs.set(source, use);
    this.media.unpublish(source);
    this.put(this.media, track);
    await this.negotiate();
  }

  /** The server does not take it, or no longer. */
  refused(source: Source): void {
    const track = this.tracks.get(source);
    if (track) this.drop(track);
  }

  /** Devices came or went: what was unplugged and is back goes on. */
  async devicesChanged(): Promise<void> {
    for (const track of [...this.tracks.values()]) {
      const { source } = track;
      if (!track.missing || (source !== "camera" && source !== "microphone")) continue;
      await this.mute(source, false).catch(() => {
        track.missing = true;
      });
    }
  }

  /** The end: every device is released. */
  close(): void {
    this.over = true;
    for (const track of this.tracks.values()) track.media?.stop();
  }

  private async openTogether(devices: readonly Device[]): Promise<DeviceError[]> {
    const { tracks, problems } = await openDevices(devices, this.options.wishes);
    for (const [device, media] of tracks) this.take(device, media, {});
    return problems;
  }

  private async open(source: Source, options: PublishOptions): Promise<LocalTrack> {
    if (options.track) return this.take(source, options.track, options);
    if (source === "camera" || source === "microphone") {
      const media = await openDevice(source, this.options.wishes, options.deviceId ?? null);
      return this.take(source, media, options);
    }
    if (source === "screen_audio") throw new TypeError("screen_audio comes with screen, or as a track");
    const { screen, sound } = await openScreen(options);
    if (sound) this.take("screen_audio", sound, {});
    return this.take("screen", screen, options);
  }

  private async underWay<Result>(opening: Promise<Result>): Promise<Result> {
    this.opening.add(opening);
    try {
      return await opening;
    } finally {
      this.opening.delete(opening);
    }
  }

  private take(source: Source, media: MediaStreamTrack, options: PublishOptions): LocalTrack {
    let track = this.tracks.get(source);
    const fresh = track === undefined;
    track ??= { source, media: null, muted: false, deviceId: null, missing: false, surface: null };
    const { deviceId, muted = false } = options;
    track.deviceId = deviceId ?? null;
    track.missing = false;
    track.surface = surfaceOf(source, media);
    this.tracks.set(source, track);
    this.use(track, media);
    if (this.over) media.stop();
    this.silence(track, muted);
    if (this.media && fresh) {
      this.put(this.media, track);
      this.negotiate().catch((error) => this.options.onError(error));
    } else {
      this.media?.mute(source, muted).catch((error) => this.options.onError(error));
    }
    return track;
  }

  /** Puts what is captured under a source that is published already, or will be. */
  private use(track: LocalTrack, media: MediaStreamTrack): void {
    const before = track.media;
    track.media = media;
    media.enabled = !track.muted;
    media.addEventListener("ended", () => {
      if (track.media === media) void this.ended(track);
    });
    this.media?.replace(track.source, media).catch((error) => this.options.onError(error));
    if (before && before !== media) before.stop();
    this.options.onChange(track.source, track);
  }

  private silence(track: LocalTrack, muted: boolean): void {
    track.muted = muted;
    if (track.media) track.media.enabled = !muted;
    if (muted && track.source === "camera") this.release(track);
    this.options.onChange(track.source, track);
  }

  /** The device is gone, or the person ended the sharing in the browser's own bar. */
  private async ended(track: LocalTrack): Promise<void> {
    const { source } = track;
    if (source !== "camera" && source !== "microphone") {
      await this.unpublish(source).catch((error) => this.options.onError(error));
      return;
    }
    const media = await openDevice(source, this.options.wishes, null).catch(() => null);
    if (this.tracks.get(source) !== track || this.over) {
      media?.stop();
      return;
    }
    if (media) {
      this.use(track, media);
    } else {
      this.release(track);
      this.silence(track, true);
      track.missing = true;
      this.media?.mute(source, true).catch((error) => this.options.onError(error));
    }
    this.options.onLost(source, media !== null);
  }

  /** The device that was in use if it is still there, else the default. */
  private async reopen(device: Device, deviceId: string | null): Promise<MediaStreamTrack> {
    try {
      return await openDevice(device, this.options.wishes, deviceId);
    } catch (error) {
      const gone = error instanceof DeviceError && error.problem === "missing" && deviceId !== null;
      if (!gone) throw error;
      return openDevice(device, this.options.wishes, null);
    }
  }

  private release(track: LocalTrack): void {
    track.media?.stop();
    track.media = null;
    this.media?.replace(track.source, null).catch((error) => this.options.onError(error));
  }

  private drop(track: LocalTrack): void {
    track.media?.stop();
    track.media = null;
    this.tracks.delete(track.source);
    this.options.onChange(track.source, null);
  }

  private put(connection: MediaConnection, track: LocalTrack): void {
    const { source, media, muted, surface } = track;
    const { simulcast } = this.options;
    const codec = this.codecs.get(source) ?? this.options.codec;
    const encodings =
      source === "camera" ? cameraEncodings(simulcast, codec) : source === "screen" ? screenEncodings() : [];
    connection.publish(source, media, { encodings, codec, muted, surface });
  }

  private async negotiate(): Promise<void> {
    await this.media?.negotiate();
  }
}

function surfaceOf(source: Source, media: MediaStreamTrack): Surface | null {
  if (source !== "screen") return null;
  // Screen Capture §6.2; not yet in every type library.
  const { displaySurface } = media.getSettings() as { displaySurface?: string };
  return displaySurface === "monitor" || displaySurface === "window" || displaySurface === "browser"
    ? displaySurface
    : null;
}
