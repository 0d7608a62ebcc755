/**
 * The peer connection of a meeting: what this client publishes, and the slots it receives in.
 *
 * The client always offers. Slots are offered once and grow in blocks; a change of what a slot shows arrives as a
 * `slots` event and needs no offer.
 */

import { inOrder, type VideoCodec } from "./codecs";
import { EncodingSwitch } from "./encoding_switch";
import type { Encoding } from "./encodings";
import { offerEssential } from "./header_extensions";
import type { Signals } from "./line";
import { Negotiator } from "./negotiator";
import { withStereo } from "./sdp";
import { SessionClosed } from "./signaling";
import { type Slot, SlotTable } from "./slots";
import type { AnsweredTrack, Kind, OfferedTrack, Source, Surface, Track } from "./types";

/** One thing this client publishes. */
interface Publication {
  source: Source;
  transceiver: RTCRtpTransceiver;
  encodings: EncodingSwitch;
  /** The server's id, null until the answer. */
  track: string | null;
  muted: boolean;
  /** What the server knows of `muted`; null when that is uncertain, as the line broke while we told it. */
  told: boolean | null;
  telling: boolean;
  surface: Surface | null;
}

export interface Publishing {
  encodings?: Encoding[];
  /** What it is to be encoded in; that of the connection unless told. */
  codec?: VideoCodec;
  muted?: boolean;
  surface?: Surface | null;
}

export interface MediaConnectionOptions {
  session: Signals;
  iceServers: RTCIceServer[];
  codec: VideoCodec;
  /** Asks for stereo Opus (`stereo=1` in our description). */
  stereo: boolean;
  /** Slots were added, seated, removed or changed what they show. */
  onSlots: (changed: Slot[]) => void;
  /** The server does not let this client publish that source; `code` as in `answer`. */
  onRefused: (source: Source, code: string) => void;
  /** The server muted one of our sources (a host may). */
  onMuted: (source: Source) => void;
  onState: (state: RTCPeerConnectionState) => void;
}

export class MediaConnection {
  readonly connection: RTCPeerConnection;
  readonly table = new SlotTable();
  /** Offers that were answered. */
  negotiations = 0;

  private readonly publications = new Map<Source, Publication>();
  private readonly receivers: { transceiver: RTCRtpTransceiver; kind: Kind }[] = [];
  private readonly negotiator = new Negotiator(() => this.exchange());
  private readonly stop: (() => void)[] = [];

  constructor(private readonly options: MediaConnectionOptions) {
    // Without max-bundle Chromium gathers candidates for every m-line by itself.
    this.connection = new RTCPeerConnection({
      iceServers: options.iceServers,
      bundlePolicy: "max-bundle",
      rtcpMuxPolicy: "require",
    });
    this.connection.addEventListener("connectionstatechange", () =>
      options.onState(this.connection.connectionState),
    );
    this.stop.push(
      options.session.on("slots", ({ slots }) => options.onSlots(this.table.apply(slots))),
      options.session.on("track_updated", ({ track }) => this.obeyMute(track.id, track.muted)),
      options.session.on("layers", ({ track, wanted }) => {
        for (const { encodings, track: ours } of this.publications.values()) {
          if (ours === track) void encodings.want(wanted);
        }
      }),
      options.session.on("track_unpublished", ({ track }) => {
        for (const { source, track: ours } of this.publications.values()) {
          if (ours === track) this.takenAway(source);
        }
      }),
    );
  }

  /** Adds receive m-lines to the next offer. */
  addSlots(kind: Kind, count: number): void {
    for (let index = 0; index < count; index += 1) {
      const transceiver = this.connection.addTransceiver(kind, { direction: "recvonly" });
      if (kind === "video") this.prefer(transceiver, "VP8");
      this.receivers.push({ transceiver, kind });
    }
  }

  /** An offer waits for its answer, which may be lost. */
  get pending(): boolean {
    return this.connection.signalingState === "have-local-offer";
  }

  /** How many slots of a kind are offered or will be. */
  slotCount(kind: Kind): number {
    return this.receivers.filter((receiver) => receiver.kind === kind).length;
  }

  publishes(source: Source): boolean {
    return this.publications.has(source);
  }

  /** Adds a sending m-line to the next offer. */
  publish(source: Source, track: MediaStreamTrack | null, publishing: Publishing = {}): void {
    const { encodings = [], codec = this.options.codec, muted = false, surface = null } = publishing;
    const kind = source === "camera" || source === "screen" ? "video" : "audio";
    const transceiver = this.connection.addTransceiver(track ?? kind, {
      direction: "sendonly",
      sendEncodings: encodings,
      streams: track ? [new MediaStream([track])] : [],
    });
    offerEssential(transceiver);
    if (kind === "video") this.prefer(transceiver, codec);
    this.publications.set(source, {
      source,
      transceiver,
      encodings: new EncodingSwitch(transceiver.sender),
      track: null,
      muted,
      told: muted,
      telling: false,
      surface,
    });
  }

  /** Takes a source's m-line out of the next offer, for good: publishing it again makes a new track. */
  unpublish(source: Source): void {
    const publication = this.publications.get(source);
    if (!publication) return;
    this.publications.delete(source);
    // Not made inactive: Firefox would come back from that without simulcast.
    if (this.connection.signalingState !== "closed") publication.transceiver.stop();
  }

  /** The source that is published under this id of the server's. */
  sourceOf(track: string): Source | null {
    for (const { source, track: ours } of this.publications.values()) if (ours === track) return source;
    return null;
  }

  /** The server's id of what is published; null until it is answered. */
  trackId(source: Source): string | null {
    return this.publications.get(source)?.track ?? null;
  }

  /** The next offer starts ICE anew, on the networks that are there now. */
  restartIce(): void {
    this.connection.restartIce();
  }

  /** After a resume: compares what we publish with what the server has of us. */
  reconcile(tracks: readonly Track[]): void {
    const known = new Map(tracks.map((track) => [track.id, track]));
    for (const publication of [...this.publications.values()]) {
      if (publication.track === null) continue;
      const track = known.get(publication.track);
      if (!track) this.takenAway(publication.source);
      else if (publication.told === null) this.tellMuted(publication).catch(() => {});
      else this.obeyMute(track.id, track.muted);
    }
  }

  /** Puts another track (or none: the device is released) under a published source, without negotiation. */
  async replace(source: Source, track: MediaStreamTrack | null): Promise<void> {
    await this.publications.get(source)?.transceiver.sender.replaceTrack(track);
  }

  /** Tells the server that a published source is muted, or is no longer. */
  async mute(source: Source, muted: boolean): Promise<void> {
    const publication = this.publications.get(source);
    if (!publication) return;
    publication.muted = muted;
    await this.tellMuted(publication);
  }

  /** Offers what was added since the last offer; see `Negotiator`. */
  negotiate(): Promise<void> {
    return this.negotiator.negotiate();
  }

  close(): void {
    for (const stop of this.stop) stop();
    this.connection.close();
  }

  private async exchange(): Promise<void> {
    const { connection, options } = this;
    if (connection.signalingState === "closed") return;
    // The line broke before the answer came. The server may have it applied, so the same offer goes again.
    const again = connection.signalingState === "have-local-offer";
    if (!again) {
      const offer = await connection.createOffer();
      const sdp = options.stereo && offer.sdp ? withStereo(offer.sdp) : offer.sdp;
      await connection.setLocalDescription({ type: "offer", sdp: sdp ?? "" });
    }
    // Sent before gathering ends: the server is ICE-lite and needs none of our candidates.
    const request = { sdp: connection.localDescription?.sdp ?? "", tracks: this.offeredTracks() };
    const answer = await options.session.request("offer", request).catch(async (error: unknown) => {
      if (!(error instanceof SessionClosed) && connection.signalingState === "have-local-offer") {
        await connection.setLocalDescription({ type: "rollback" });
      }
      throw error;
    });
    // Before anything is awaited: `slots` events follow the answer closely.
    for (const { transceiver, kind } of this.receivers) {
      if (transceiver.mid === null) continue;
      // A stream of our own: that of the answer, one a seat, holds sound and picture.
      const { track } = transceiver.receiver;
      this.table.add(transceiver.mid, kind, track, new MediaStream([track]));
    }
    const refused = this.table.seat(answer.slots);
    const untaken = this.takeTracks(answer.tracks);
    await connection.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    for (const { source, code } of untaken) {
      this.unpublish(source);
      options.onRefused(source, code);
    }
    this.negotiations += 1;
    options.onSlots([...this.table.slots.values(), ...refused]);
    await Promise.all([...this.publications.values()].map((publication) => this.tellMuted(publication)));
    if (again) await this.exchange();
  }

  private offeredTracks(): OfferedTrack[] {
    const tracks: OfferedTrack[] = [];
    for (const publication of this.publications.values()) {
      const { mid } = publication.transceiver;
      if (mid === null) continue;
      const { source, muted, surface } = publication;
      if (publication.track === null) publication.told = muted;
      tracks.push({ mid, source, muted, ...(surface ? { surface } : {}) });
    }
    return tracks;
  }

  /** Notes the ids of what we publish; returns what the server does not take. */
  private takeTracks(answered: readonly AnsweredTrack[]): { source: Source; code: string }[] {
    const untaken: { source: Source; code: string }[] = [];
    const byMid = new Map(answered.map((track) => [track.mid, track]));
    for (const publication of this.publications.values()) {
      const track = byMid.get(publication.transceiver.mid ?? "");
      if (!track) continue;
      publication.track = track.track;
      if (track.track === null) untaken.push({ source: publication.source, code: track.code ?? "forbidden" });
    }
    return untaken;
  }

  /** Brings the server to our state of mute, however often it changed while a request was under way. */
  private async tellMuted(publication: Publication): Promise<void> {
    if (publication.telling || publication.track === null) return;
    publication.telling = true;
    try {
      while (publication.told !== publication.muted) {
        publication.told = publication.muted;
        await this.options.session.request("mute", { track: publication.track, muted: publication.muted });
      }
    } catch (error) {
      publication.told = null;
      // Told again when the line is back.
      if (!(error instanceof SessionClosed)) throw error;
    } finally {
      publication.telling = false;
    }
  }

  private obeyMute(track: string, muted: boolean): void {
    for (const publication of this.publications.values()) {
      // While we tell the server ourselves, an update is the echo of an earlier word of ours.
      if (publication.track !== track || publication.telling) continue;
      publication.told = muted;
      if (!muted || publication.muted) continue;
      publication.muted = true;
      this.options.onMuted(publication.source);
    }
  }

  /** The server unpublished it: the grant is gone. */
  private takenAway(source: Source): void {
    this.unpublish(source);
    this.options.onRefused(source, "forbidden");
  }

  private prefer(transceiver: RTCRtpTransceiver, first: VideoCodec): void {
    const codecs = RTCRtpReceiver.getCapabilities("video")?.codecs;
    if (!codecs || !("setCodecPreferences" in transceiver)) return;
    const sends = transceiver.direction === "sendonly";
    const sendable = sends ? RTCRtpSender.getCapabilities("video")?.codecs : undefined;
    const usable = sendable ? codecs.filter((codec) => sendable.some((other) => same(codec, other))) : codecs;
    // A slot takes every codec; only its first decides whether AV1's dependency descriptor is negotiated.
    transceiver.setCodecPreferences(inOrder(usable, first));
  }
}

function same(one: RTCRtpCodec, other: RTCRtpCodec): boolean {
  return one.mimeType === other.mimeType && one.sdpFmtpLine === other.sdpFmtpLine;
}
