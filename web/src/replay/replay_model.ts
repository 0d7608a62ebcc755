/** A replay: the recording, the clock, and what is shown now. */

import { batch, computed, effect, signal } from "@preact/signals";
import { linkTo, type ReplayAddress, readAddress } from "./address";
import { chapterAt, chaptersOf } from "./chapters";
import { type Line, textOf } from "./journal";
import type { Manifest, RecordedTrack } from "./manifest";
import { MEETING_RULES, meetingLines, type Person } from "./meeting_state";
import { PlayClock } from "./play_clock";
import { Reachability } from "./reachability";
import type { RecordingFiles } from "./recording_files";
import { countUntil, Seekable } from "./seekable";
import { speechesOf } from "./speech";
import { topicsOf, type Use, usesOf } from "./topics";
import { TrackPlayer } from "./track_player";

const STEP_MS = 40;
/** What is drawn by components follows the clock in such steps. */
const SHOWN_MS = 100;
/** Seconds that even the first of all elements is late. */
const SLIP_S = 0.1;
/** A short wait is not worth stopping everything. */
const WAIT_MS = 250;
const REACTION_MS = 3_000;

export const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2] as const;

/** What the side shows: the chat, the chapters, or a topic by its id. */
export type Side = string;

export class ReplayModel {
  readonly playing = signal(false);
  readonly waiting = signal(false);
  readonly rate = signal(1);
  readonly volume = signal(1);
  readonly muted = signal(false);
  /** The moment as components draw it. */
  readonly shownMs = signal(0);
  /** What was chosen by hand; null: what people had before them. */
  readonly chosenSide = signal<Side | null>(null);
  /** A tile that was made large by hand. */
  readonly large = signal<string | null>(null);
  /** Said by screen readers. */
  readonly said = signal("");

  readonly topics;
  readonly chapters;
  readonly speeches;
  readonly messages: readonly Line[];
  readonly people: ReadonlyMap<string, Person>;
  readonly endMs: number;

  readonly meeting = computed(() => this.state.at(this.shownMs.value));
  readonly chapter = computed(() => chapterAt(this.chapters, this.shownMs.value));
  readonly messageCount = computed(() => countUntil(this.messages, this.shownMs.value));
  readonly followedSide = computed<Side>(
    () => this.uses[countUntil(this.uses, this.shownMs.value) - 1]?.topic ?? "chat",
  );
  readonly side = computed<Side>(() => this.chosenSide.value ?? this.followedSide.value);
  readonly reactions = computed(() => {
    const now = this.shownMs.value;
    const from = countUntil(this.reactionLines, now - REACTION_MS);
    return this.reactionLines.slice(from, countUntil(this.reactionLines, now));
  });

  readonly reachability: Reachability;
  private readonly clock: PlayClock;
  private readonly uses: readonly Use[];
  private readonly state: Seekable<ReturnType<typeof MEETING_RULES.initial>>;
  private readonly reactionLines: readonly Line[];
  private readonly players = new Map<TrackPlayer, HTMLMediaElement>();
  private waitedSince: number | null = null;
  private timer: ReturnType<typeof setInterval> | null = null;

  constructor(
    readonly manifest: Manifest,
    journal: readonly Line[],
    readonly files: RecordingFiles,
    private address: ReplayAddress,
  ) {
    this.endMs = Math.max(1, manifest.duration_ms);
    this.clock = new PlayClock(this.endMs);
    this.reachability = new Reachability(
      () => files.reach(),
      () => performance.now(),
    );
    this.state = new Seekable(meetingLines(manifest, journal), MEETING_RULES);
    this.topics = topicsOf(journal);
    this.uses = usesOf(journal, this.topics);
    this.chapters = chaptersOf(journal, this.topics);
    this.speeches = speechesOf(journal, this.endMs);
    this.messages = journal.filter(({ kind }) => kind === "message");
    this.reactionLines = journal.filter(({ kind }) => kind === "reaction");
    this.people = everybody(this.state.lines);
    effect(() => {
      const volume = this.muted.value ? 0 : this.volume.value;
      for (const element of this.players.values()) element.volume = volume;
    });
    this.seek(address.atMs);
  }

  get atMs(): number {
    return this.clock.at(performance.now());
  }

  /** Milliseconds that the elements that play are away from the clock, for tests and the curious. */
  get away(): number[] {
    return [...this.players.keys()].flatMap(({ lead }) => (lead === null ? [] : [Math.round(lead * 1000)]));
  }

  open(): void {
    this.timer ??= setInterval(() => this.step(), STEP_MS);
  }

  close(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  // --- what the buttons do -----------------------------------------------------------------------------

  toggle(): void {
    if (this.clock.playing) this.pause();
    else this.play();
  }

  play(): void {
    this.clock.play(performance.now());
    this.playing.value = true;
    this.step();
  }

  pause(): void {
    this.clock.pause(performance.now());
    this.playing.value = false;
    this.step();
    this.remember();
  }

  seek(atMs: number): void {
    this.clock.seek(atMs, performance.now());
    this.shownMs.value = this.atMs;
    this.step();
  }

  /** By so much, from here. */
  skip(ms: number): void {
    this.seek(this.atMs + ms);
  }

  setRate(rate: number): void {
    this.clock.setRate(rate, performance.now());
    this.rate.value = rate;
    this.said.value = `Speed ${rate}`;
  }

  /** The next rate up or down. */
  changeRate(direction: 1 | -1): void {
    const at = (RATES as readonly number[]).indexOf(this.rate.peek());
    const next = RATES[at + direction];
    if (next !== undefined) this.setRate(next);
  }

  toChapter(direction: 1 | -1): void {
    const now = this.atMs;
    const next =
      direction === 1
        ? this.chapters.find(({ atMs }) => atMs > now + 50)
        : [...this.chapters].reverse().find(({ atMs }) => atMs < now - 2_000);
    if (!next) return;
    this.seek(next.atMs);
    this.said.value = next.title;
  }

  /** The address of this moment, also in the address bar. */
  remember(): string {
    const link = linkTo(this.address, this.atMs);
    history.replaceState(history.state, "", link);
    return new URL(link, location.href).href;
  }

  /** Somebody changed the address. */
  goToAddress(): void {
    this.address = readAddress(location);
    this.seek(this.address.atMs);
  }

  // --- media -------------------------------------------------------------------------------------------

  /** Keeps an element in step with the clock; returns how to end that. */
  attach(element: HTMLMediaElement, track: RecordedTrack): () => void {
    const player = new TrackPlayer(element, track.files, ({ name }) => this.files.url(name), track.kind);
    element.volume = this.muted.peek() ? 0 : this.volume.peek();
    this.players.set(player, element);
    this.step();
    return () => {
      this.players.delete(player);
      player.close();
    };
  }

  /**
   * On a machine that does not keep up all are late alike: then it is the clock that is early. Voices say so where there
   * are any, since pictures can be hurried after them.
   */
  private slip(now: number): void {
    const playing = [...this.players.keys()].filter(({ lead }) => lead !== null);
    const voices = playing.filter(({ kind }) => kind === "audio");
    const leads = (voices.length > 0 ? voices : playing).map(({ lead }) => lead ?? 0);
    const late = -Math.max(...leads, Number.NEGATIVE_INFINITY);
    if (Number.isFinite(late) && late > SLIP_S) this.clock.slip(late * 1000, now);
  }

  private step(): void {
    const now = performance.now();
    const atMs = this.clock.at(now);
    const { isRunning: running, playing, rate, jumps } = this.clock;
    const { againAt } = this.reachability;
    const at = { atMs, running, playing, rate, jumps, now, againAt };
    let there = true;
    let fails = this.reachability.problem.peek() !== null;
    for (const player of this.players.keys()) {
      there = player.follow(at) && there;
      fails ||= player.fails;
    }
    if (fails) void this.reachability.doubt();
    if (running) this.slip(now);
    if (there) this.waitedSince = null;
    else this.waitedSince ??= now;
    const waits = this.waitedSince !== null && now - this.waitedSince > WAIT_MS;
    this.clock.hold(waits, now);
    batch(() => {
      this.waiting.value = waits;
      if (Math.abs(atMs - this.shownMs.peek()) >= SHOWN_MS || atMs >= this.endMs) this.shownMs.value = atMs;
    });
    if (atMs >= this.endMs && this.clock.playing) this.pause();
  }
}

/** All who were ever there, by their newest names. */
function everybody(lines: readonly Line[]): Map<string, Person> {
  const people = new Map<string, Person>();
  for (const line of lines) {
    const id = textOf(line, "participant");
    const known = people.get(id);
    if (line.kind === "joined" || (line.kind === "seen" && !known))
      people.set(id, { id, identity: textOf(line, "identity"), name: textOf(line, "name"), hand: false });
    else if (line.kind === "renamed" && known) people.set(id, { ...known, name: textOf(line, "name") });
  }
  return people;
}
