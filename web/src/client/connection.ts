/**
 * The peer connection of a meeting: what this client publishes, and the slots it receives in.
 *
 * The client always offers. Slots are offered once and grow in blocks; a change of what a slot shows arrives as a
 * `slots` event and needs no offer.
 */

import { inOrder, type VideoCodec } from "./codecs";
import type { Encoding } from "./encodings";
import { offerEssential } from "./header_extensions";
import { Negotiator } from "./negotiator";
import { withStereo } from "./sdp";
import type { Session } from "./signaling";
import { type Slot, SlotTable } from "./slots";
import type { AnsweredTrack, Kind, OfferedTrack, Source } from "./types";

/** One thing this client publishes. */
interface Publication {
  source: Source;
  transceiver: RTCRtpTransceiver;
  /** The server's id, null until the answer. */
  track: string | null;
  muted: boolean;
  /** What the server knows of `muted`. */
  told: boolean;
  telling: boolean;
}

export interface MediaConnectionOptions {
  session: Session;
  iceServers: RTCIceServer[];
  codec: VideoCodec;
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
    );
  }

  /** Adds receive m-lines to the next offer. */
  addSlots(kind: Kind, count: number): void {
    for (let index = 0; index < count; index += 1) {
      const transceiver = this.connection.addTransceiver(kind, { direction: "recvonly" });
      if (kind === "video") this.prefer(transceiver);
      this.receivers.push({ transceiver, kind });
    }
  }

  /** How many slots of a kind are offered or will be. */
  slotCount(kind: Kind): number {
    return this.receivers.filter((receiver) => receiver.kind === kind).length;
  }

  publishes(source: Source): boolean {
    return this.publications.has(source);
  }

  /** Adds a sending m-line to the next offer. */
  publish(source: Source, track: MediaStreamTrack, encodings: Encoding[] = []): void {
    const transceiver = this.connection.addTransceiver(track, {
      direction: "sendonly",
      sendEncodings: encodings,
      streams: [new MediaStream([track])],
    });
    offerEssential(transceiver);
    if (track.kind === "video") this.prefer(transceiver);
    this.publications.set(source, {
      source,
      transceiver,
      track: null,
      muted: false,
      told: false,
      telling: false,
    });
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
    const offer = await connection.createOffer();
    const sdp = options.stereo && offer.sdp ? withStereo(offer.sdp) : offer.sdp;
    await connection.setLocalDescription({ type: "offer", sdp: sdp ?? "" });
    // Sent before gathering ends: the server is ICE-lite and needs none of our candidates.
    const request = { sdp: connection.localDescription?.sdp ?? "", tracks: this.offeredTracks() };
    const answer = await options.session.request("offer", request).catch(async (error: unknown) => {
      if (connection.signalingState === "have-local-offer") {
        await connection.setLocalDescription({ type: "rollback" });
      }
      throw error;
    });
    // Before anything is awaited: `slots` events follow the answer closely.
    for (const { transceiver, kind } of this.receivers) {
      if (transceiver.mid === null) continue;
      this.table.add(transceiver.mid, kind, new MediaStream([transceiver.receiver.track]));
    }
    const refused = this.table.seat(answer.slots);
    this.takeTracks(answer.tracks);
    await connection.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    this.negotiations += 1;
    options.onSlots([...this.table.slots.values(), ...refused]);
    await Promise.all([...this.publications.values()].map((publication) => this.tellMuted(publication)));
  }

  private offeredTracks(): OfferedTrack[] {
    const tracks: OfferedTrack[] = [];
    for (const publication of this.publications.values()) {
      const { mid } = publication.transceiver;
      if (mid === null) continue;
      if (publication.track === null) publication.told = publication.muted;
      tracks.push({ mid, source: publication.source, muted: publication.muted });
    }
    return tracks;
  }

  private takeTracks(answered: readonly AnsweredTrack[]): void {
    const byMid = new Map(answered.map((track) => [track.mid, track]));
    for (const publication of [...this.publications.values()]) {
      const track = byMid.get(publication.transceiver.mid ?? "");
      if (!track) continue;
      publication.track = track.track;
      if (track.track !== null) continue;
      this.publications.delete(publication.source);
      publication.transceiver.direction = "inactive";
      this.options.onRefused(publication.source, track.code ?? "forbidden");
    }
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

  private prefer(transceiver: RTCRtpTransceiver): void {
    const codecs = RTCRtpReceiver.getCapabilities("video")?.codecs;
    if (!codecs || !("setCodecPreferences" in transceiver)) return;
    const sends = transceiver.direction === "sendonly";
    const sendable = sends ? RTCRtpSender.getCapabilities("video")?.codecs : undefined;
    const usable = sendable ? codecs.filter((codec) => sendable.some((other) => same(codec, other))) : codecs;
    // A slot takes every codec; only its first decides whether AV1's dependency descriptor is negotiated.
    transceiver.setCodecPreferences(inOrder(usable, sends ? this.options.codec : "VP8"));
  }
}

function same(one: RTCRtpCodec, other: RTCRtpCodec): boolean {
  return one.mimeType === other.mimeType && one.sdpFmtpLine === other.sdpFmtpLine;
}
