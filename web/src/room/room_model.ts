/**
 * The meeting as the room draws it: signals, kept in step with the client library.
 *
 * At every change of the meeting all signals are set anew. A signal that gets the value it has tells nobody, so a
 * change costs a pass over plain data and redraws only what differs.
 */

import { batch, computed, signal } from "@preact/signals";
import type { Meeting, Participant, Slot, Track } from "../client";
import { arrange } from "./arrangement";
import {
  type Box,
  gridCapacity,
  gridRects,
  type LayoutName,
  type Staged,
  stageRects,
  stripCapacity,
} from "./layout";
import { lookingWords, watchers } from "./looking";
import { visibleName } from "./names";
import { SpeakerHold } from "./speaker_hold";
import { OWN, TileModel } from "./tile_model";
import { pausedWords } from "./words";

/** Somebody as the list of people shows them. */
export interface Person {
  id: string;
  identity: string;
  name: string;
  role: string;
  self: boolean;
  hand: boolean;
  away: boolean;
  microphone: "on" | "muted" | "none";
  microphoneTrack: string | null;
  screen: boolean;
  /** What they look at, in words; "" for nothing of note. */
  looking: string;
}

/** How many the list of people and the tiles deal with; beyond it only the number is told. */
const MOST_PEOPLE = 200;
/** The map from who to what they publish, made once a pass. */
type TracksBySource = Map<string, Track>;

export class RoomModel {
  readonly title = signal("");
  readonly count = signal(0);
  readonly locked = signal(false);
  readonly lobby = signal(false);
  readonly people = signal<readonly Person[]>([]);
  readonly knocking = signal<readonly { id: string; name: string; identity: string }[]>([]);
  readonly grants = signal<Readonly<Record<string, boolean>>>({});
  readonly state = signal<Meeting["state"]>("connecting");
  readonly reason = signal("");

  readonly microphone = signal(false);
  readonly camera = signal(false);
  readonly screen = signal(false);
  /** How many look at the screen we share. */
  readonly watchingUs = signal(0);
  readonly hand = signal(false);

  readonly layout = signal<LayoutName>("grid");
  readonly pinned = signal<string | null>(null);
  readonly box = signal<Box>({ width: 0, height: 0 });
  /** The tiles that have a place, in the order of their keys' first appearance: elements never change places. */
  readonly tiles = signal<readonly TileModel[]>([]);
  readonly onStage = signal<string | null>(null);
  readonly unseen = signal(0);
  readonly alone = computed(() => this.state.value !== "connecting" && this.count.value <= 1);

  /** Called when slots and elements may have found each other anew. */
  onDrawn: () => void = () => {};

  private readonly all = new Map<string, TileModel>();
  private readonly videos = new Map<string, HTMLVideoElement>();
  private readonly hold = new SpeakerHold();
  private places: string[] = [];
  private scheduled = false;
  private reactions = 0;
  private ownStream: { media: MediaStreamTrack; stream: MediaStream } | null = null;
  private peopleText = "";
  private knockText = "";
  private grantsText = "";

  constructor(readonly meeting: Meeting) {
    meeting.on("changed", () => this.changed());
    // A speaker who leads long enough takes the stage without any further event.
    const timer = setInterval(() => this.changed(), 1_000);
    meeting.on("closed", () => clearInterval(timer));
  }

  /** Draws soon, once for all changes of this turn. */
  changed(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      batch(() => this.sync());
    });
  }

  resize(box: Box): void {
    this.box.value = box;
    batch(() => this.arrange());
  }

  setLayout(layout: LayoutName): void {
    this.layout.value = layout;
    this.pinned.value = null;
    batch(() => this.sync());
  }

  pin(key: string): void {
    this.pinned.value = this.pinned.peek() === key ? null : key;
    batch(() => this.sync());
  }

  /** The element that plays a tile's picture; null when it is gone. */
  setVideo(tile: TileModel, video: HTMLVideoElement | null): void {
    if (video) this.videos.set(tile.key, video);
    else this.videos.delete(tile.key);
    this.assignElements();
  }

  /** Lets a reaction float over the tile of who sent it; "" for who has no tile now, else their name. */
  react(participant: string, emoji: string): string {
    const key = participant === this.meeting.roster.self ? OWN : `camera ${participant}`;
    const tile = this.all.get(key);
    if (!tile) return "";
    this.reactions += 1;
    // Steps of the golden ratio: those that come together rise beside each other.
    const across = 0.15 + 0.7 * ((this.reactions * 0.618) % 1);
    tile.float({ id: this.reactions, emoji, across });
    return tile.own ? "You" : tile.name.peek();
  }

  /** The video on the stage, else of the one who spoke last, else any that shows something. */
  prominent(): TileModel | null {
    const live = [...this.all.values()].filter((tile) => tile.live.peek() && !tile.own);
    const staged = live.find((tile) => tile.key === this.onStage.peek());
    return staged ?? live.sort((a, b) => b.spokeAt - a.spokeAt)[0] ?? null;
  }

  elementOf(key: string | null): HTMLVideoElement | null {
    return key === null ? null : (this.videos.get(key) ?? null);
  }

  /** What the person keeps on the stage; nothing of their own. */
  pinnedTracks(): string[] {
    const pinned = this.pinned.peek();
    return pinned === null ? [] : this.tracksOf([pinned]);
  }

  /** The tracks that need a slot: what is on the stage; where not all are shown, those that are. */
  wantedTracks(): string[] {
    const staged = this.onStage.peek();
    const keys = staged === null ? [] : [staged];
    if (this.unseen.peek() > 0) keys.push(...this.places);
    return this.tracksOf(keys);
  }

  private tracksOf(keys: readonly string[]): string[] {
    const wanted = new Set(keys);
    const tracks: string[] = [];
    for (const track of this.meeting.tracks.values()) {
      if (track.source === "camera" && wanted.has(`camera ${track.participant}`)) tracks.push(track.id);
      if (track.source === "screen" && wanted.has(`screen ${track.id}`)) tracks.push(track.id);
    }
    return tracks;
  }

  allowed(grant: string): boolean {
    return this.grants.value[grant] === true;
  }

  private sync(): void {
    const { meeting } = this;
    const tracks: TracksBySource = new Map();
    for (const track of meeting.tracks.values()) tracks.set(`${track.participant} ${track.source}`, track);
    this.title.value = visibleName(meeting.room?.name ?? "");
    this.count.value = meeting.count;
    this.locked.value = meeting.room?.locked ?? false;
    this.lobby.value = meeting.room?.lobby ?? false;
    this.state.value = meeting.state;
    this.reason.value = meeting.reason;
    this.microphone.value = isOn(meeting, "microphone");
    this.camera.value = isOn(meeting, "camera");
    this.screen.value = meeting.local.has("screen");
    this.watchingUs.value = watchers(meeting, meeting.roster.trackOf(meeting.roster.self, "screen")?.id);
    this.hand.value = meeting.me?.hand ?? false;
    this.syncPeople(tracks);
    this.syncTiles(tracks);
    this.arrange();
    this.assignElements();
  }

  private syncPeople(tracks: TracksBySource): void {
    const { meeting } = this;
    const self = meeting.roster.self;
    const people: Person[] = [];
    for (const participant of meeting.participants.values()) {
      if (people.length >= MOST_PEOPLE) break;
      people.push({ ...personOf(participant, self, tracks), looking: lookingWords(meeting, participant.id) });
    }
    people.sort((a, b) => Number(b.self) - Number(a.self) || Number(b.hand) - Number(a.hand) || byName(a, b));
    this.peopleText = keep(this.people, people, this.peopleText);
    const waiting = [...meeting.knocking.values()].map(({ id, name, identity }) => ({
      id,
      identity,
      name: visibleName(name || identity),
    }));
    this.knockText = keep(this.knocking, waiting, this.knockText);
    this.grantsText = keep(this.grants, meeting.me?.grants ?? {}, this.grantsText);
  }

  private syncTiles(tracks: TracksBySource): void {
    const { meeting } = this;
    const slots = new Map<string, Slot>();
    for (const slot of meeting.slots.values()) {
      if (slot.kind === "video" && slot.track !== null) slots.set(slot.track, slot);
    }
    const present = new Set<string>();
    const self = meeting.roster.self;
    if (meeting.me) this.syncOwn(meeting.me, tracks, present);
    let people = 0;
    for (const participant of meeting.participants.values()) {
      if (participant.id === self) continue;
      people += 1;
      if (people > MOST_PEOPLE) break;
      const track = tracks.get(`${participant.id} camera`) ?? null;
      const tile = this.tile(`camera ${participant.id}`, participant.id, "camera", present);
      this.syncPerson(tile, participant, tracks);
      showPicture(tile, track ? (slots.get(track.id) ?? null) : null, track);
    }
    for (const track of meeting.tracks.values()) {
      if (track.source !== "screen" || track.participant === self) continue;
      const tile = this.tile(`screen ${track.id}`, track.participant, "screen", present);
      tile.name.value = `${visibleName(meeting.roster.name(track.participant))}’s screen`;
      tile.watching.value = watchers(meeting, track.id);
      showPicture(tile, slots.get(track.id) ?? null, track);
    }
    for (const key of [...this.all.keys()]) if (!present.has(key)) this.all.delete(key);
    const pinned = this.pinned.peek();
    for (const tile of this.all.values()) tile.pinned.value = tile.key === pinned;
  }

  private syncOwn(me: Participant, tracks: TracksBySource, present: Set<string>): void {
    const { meeting } = this;
    const tile = this.tile(OWN, me.id, "camera", present);
    const media = this.camera.peek() ? (meeting.local.get("camera")?.media ?? null) : null;
    if (media !== (this.ownStream?.media ?? null)) {
      this.ownStream = media ? { media, stream: new MediaStream([media]) } : null;
    }
    tile.name.value = visibleName(me.name || me.identity);
    tile.identity.value = me.identity;
    tile.track.value = tracks.get(`${me.id} camera`)?.id ?? null;
    tile.stream.value = this.ownStream?.stream ?? null;
    tile.live.value = media !== null;
    tile.muted.value = !this.microphone.peek();
    tile.hand.value = me.hand;
    tile.speaking.value = this.microphone.peek() && meeting.speakers.has(me.id);
    tile.bars.value = barsOf(meeting, me.id);
  }

  private syncPerson(tile: TileModel, participant: Participant, tracks: TracksBySource): void {
    const { meeting } = this;
    const microphone = tracks.get(`${participant.id} microphone`);
    const speaking = meeting.speakers.has(participant.id);
    if (speaking) tile.spokeAt = performance.now();
    tile.name.value = visibleName(meeting.roster.name(participant.id));
    tile.identity.value = participant.identity;
    tile.speaking.value = speaking;
    tile.muted.value = microphone === undefined || microphone.muted;
    tile.hand.value = participant.hand;
    tile.away.value = participant.state === "away";
    tile.bars.value = barsOf(meeting, participant.id);
  }

  private tile(key: string, participant: string, kind: TileModel["kind"], present: Set<string>): TileModel {
    present.add(key);
    let tile = this.all.get(key);
    if (!tile) {
      tile = new TileModel(key, participant, kind);
      this.all.set(key, tile);
    }
    return tile;
  }

  /** Gives everybody a place, or none. */
  private arrange(): void {
    const box = this.box.peek();
    const staged = this.chooseStage();
    const keys = [...this.all.keys()];
    // Who is on the stage keeps a place in the row, for when they leave the stage.
    const kind = staged === null ? null : (this.all.get(staged)?.kind ?? "camera");
    const fits = kind === null ? gridCapacity(box) : stripCapacity(box, kind) + 1;
    // The one place that is left says how many there are without one.
    const capacity = keys.length > fits ? Math.max(1, fits - 1) : fits;
    this.places = arrange(this.places, keys, capacity, (key) =>
      key === staged ? Number.POSITIVE_INFINITY : this.urgency(key),
    );
    const row = this.places.filter((key) => key !== staged);
    const unseen = keys.length - row.length - (staged === null ? 0 : 1);
    const { stage, rects, more } = this.rects(box, row.length, kind, unseen > 0);
    const placed = new Set(row);
    for (const tile of this.all.values()) {
      if (tile.key === staged && stage) tile.move({ ...stage, part: "stage" });
      else if (!placed.has(tile.key)) tile.move(null);
    }
    row.forEach((key, index) => {
      const rect = rects[index];
      if (rect) this.all.get(key)?.move({ ...rect, part: staged === null ? "grid" : "strip" });
    });
    this.unseen.value = unseen;
    this.morePlace.value = more;
    this.onStage.value = staged;
    const tiles = [...this.all.values()].filter((tile) => tile.place.peek() !== null);
    const before = this.tiles.peek();
    const same = before.length === tiles.length && before.every((tile, index) => tile === tiles[index]);
    if (!same) this.tiles.value = tiles;
  }

  /** Where “and 12 more” stands; null while everybody is shown. */
  readonly morePlace = signal<{ x: number; y: number; width: number; height: number } | null>(null);

  private rects(box: Box, inRow: number, staged: Staged | null, withMore: boolean) {
    const count = inRow + (withMore ? 1 : 0);
    const { stage, strip } =
      staged === null ? { stage: null, strip: gridRects(count, box) } : stageRects(count, box, staged);
    const more = withMore ? (strip[inRow] ?? null) : null;
    return { stage, rects: strip, more };
  }

  private chooseStage(): string | null {
    const pinned = this.pinned.peek();
    if (pinned !== null && this.all.has(pinned)) return pinned;
    // The one shared last.
    const screens = [...this.all.values()].filter((tile) => tile.kind === "screen");
    const screen = screens[screens.length - 1];
    if (screen) return screen.key;
    const loudest = this.loudest();
    const current = this.hold.observe(loudest, performance.now());
    if (current !== null && !this.all.has(current)) this.hold.forget(current);
    if (this.layout.peek() !== "speaker") return null;
    const others = [...this.all.values()].filter((tile) => !tile.own);
    return (this.hold.current !== null ? this.hold.current : others[0]?.key) ?? null;
  }

  private loudest(): string | null {
    let best: { key: string; level: number } | null = null;
    for (const [participant, level] of this.meeting.speakers) {
      const key = `camera ${participant}`;
      if (this.all.has(key) && (best === null || level > best.level)) best = { key, level };
    }
    return best?.key ?? null;
  }

  private urgency(key: string): number {
    const tile = this.all.get(key);
    if (!tile) return 0;
    return tile.own || tile.kind === "screen" ? Number.POSITIVE_INFINITY : tile.spokeAt;
  }

  /** Tells the slots which element plays them. */
  private assignElements(): void {
    for (const slot of this.meeting.slots.values()) {
      if (slot.kind !== "video") continue;
      const track = slot.track === null ? undefined : this.meeting.tracks.get(slot.track);
      const key = track?.source === "screen" ? `screen ${track.id}` : `camera ${slot.participant}`;
      slot.element = slot.track === null ? null : (this.videos.get(key) ?? null);
    }
    this.onDrawn();
  }
}

function isOn(meeting: Meeting, source: "camera" | "microphone"): boolean {
  const track = meeting.local.get(source);
  return track !== undefined && !track.muted && track.media !== null;
}

function showPicture(tile: TileModel, slot: Slot | null, track: Track | null): void {
  const live = slot !== null && slot.paused === null;
  tile.track.value = track?.id ?? null;
  // The element keeps its stream while the picture pauses: setting it anew would cost a black moment.
  if (slot) tile.stream.value = slot.stream;
  tile.live.value = live;
  const off = track === null || track.muted;
  if (live || (off && tile.kind === "camera")) tile.words.value = tile.away.peek() ? "Reconnecting…" : "";
  else
    tile.words.value = tile.away.peek()
      ? "Reconnecting…"
      : pausedWords(slot ? slot.paused : "no_source", tile.kind);
}

function personOf(participant: Participant, self: string, tracks: TracksBySource): Omit<Person, "looking"> {
  const { id, identity, name, role, hand, state } = participant;
  const microphone = tracks.get(`${id} microphone`);
  return {
    id,
    identity,
    name: visibleName(name || identity),
    role,
    self: id === self,
    hand,
    away: state === "away",
    microphone: microphone === undefined ? "none" : microphone.muted ? "muted" : "on",
    microphoneTrack: microphone?.id ?? null,
    screen: tracks.has(`${id} screen`),
  };
}

function byName(one: Person, other: Person): number {
  return one.name.localeCompare(other.name) || (one.id < other.id ? -1 : 1);
}

function barsOf(meeting: Meeting, participant: string): 1 | 2 | 3 | null {
  const score = meeting.quality(participant)?.score;
  if (score === undefined) return null;
  return score >= 4 ? 3 : score >= 3 ? 2 : 1;
}

/** Sets a signal of plain data only if it reads differently; returns how it reads now. */
function keep<Value>(target: { value: Value }, value: Value, before: string): string {
  const text = JSON.stringify(value);
  if (text !== before) target.value = value;
  return text;
}
