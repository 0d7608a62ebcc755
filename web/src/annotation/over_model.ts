/** What lies over the pictures of a meeting: which one is drawn on and with what, and who controls which. */

import { computed, effect, signal } from "@preact/signals";
import { Annotations } from "../client/annotations";
import { Control, type ControlRequest, type ControlScope, type Hold } from "../client/control";
import type { MeetingRoomProps } from "../room/meeting_room";
import { avatarColour, visibleName } from "../room/names";
import { OWN, type TileModel } from "../room/tile_model";
import { chime } from "./chime";
import { MarkNews } from "./mark_news";
import { deniedWords, type Ender, endedWords, refusedWords, revokedWords } from "./over_words";
import type { Named } from "./paint_marks";
import type { Ink } from "./pens";
import { TripleKey } from "./triple_key";

/** The key of the preview of our own screen, where tiles have theirs. */
export const PREVIEW = "preview";
/** A tile narrower than this has no room for tools: it goes on the stage. */
const ROOM_FOR_TOOLS_PX = 560;
const ON_ITS_WAY_MS = 2_000;

export class OverModel {
  readonly annotations: Annotations;
  readonly control: Control;
  /** The picture we draw on: a tile's key, or `PREVIEW`. */
  readonly drawingOn = signal<string | null>(null);
  readonly ink = signal<Ink>({ tool: "pen", color: "#e5342b", width: 0.006, fades: false, stamp: "✅" });
  /** Who asks to control our screen. */
  readonly requests = signal<readonly ControlRequest[]>([]);
  /** Who controls what. */
  readonly holds = signal<readonly Hold[]>([]);
  /** What we control, and who controls ours; null: none. */
  readonly held = computed(() => this.holds.value.find((hold) => this.isOwn(hold.participant)) ?? null);
  readonly heldBy = computed(() => this.holds.value.find((hold) => this.isOurs(hold.track)) ?? null);
  /** Whether an agent is there for the screen we share. */
  readonly paired = signal(false);
  /** What is controlled rests: who shares it uses the computer. */
  readonly paused = signal(false);
  /** The tracks we asked for. */
  readonly asking = signal<ReadonlySet<string>>(new Set());
  readonly previewOpen = signal(false);
  /** The track whose pairing is shown. */
  readonly pairing = signal<string | null>(null);
  /** The id of the screen we share. */
  readonly ownScreen = signal<string | null>(null);
  /** Some element fills the screen: what stands beside it is not seen. */
  readonly inFullScreen = signal(document.fullscreenElement !== null);
  /** The tile whose sharer is asked for control, while it is chosen what for. */
  readonly askingFor = signal<TileModel | null>(null);
  readonly mayAnnotate = computed(() => this.room.model.grants.value.annotate === true);
  readonly mayControl = computed(() => this.room.model.grants.value.control === true);

  private readonly stop: (() => void)[];
  private readonly news = new MarkNews(this);
  private previewClosed = false;
  /** What we controlled last, and when that ended. */
  private lost = { track: "", at: 0 };

  constructor(readonly room: MeetingRoomProps) {
    const { meeting, notices } = room;
    this.annotations = new Annotations(meeting);
    this.control = new Control(meeting);
    const { annotations, control } = this;
    this.stop = [
      meeting.on("changed", () => this.sync()),
      control.on("changed", () => this.sync()),
      control.on("denied", ({ track, reason }) => notices.tell(deniedWords(this.ownerName(track), reason))),
      control.on("refused", ({ track, code }) => {
        // What was on its way when control ended: that it ended is told already.
        const late = track === this.lost.track && performance.now() - this.lost.at < ON_ITS_WAY_MS;
        if (!late) notices.tell(refusedWords(code));
      }),
      control.on("requested", ({ request }) => {
        notices.say(`${this.nameOf(request.participant)} asks to control your screen`);
        chime();
      }),
      control.on("granted", ({ hold }) => this.granted(hold)),
      control.on("revoked", ({ track, participant, reason, by }) => {
        const ender = this.ender(track, participant, by);
        if (this.isOwn(participant)) {
          this.lost = { track, at: performance.now() };
          notices.tell(revokedWords(this.ownerName(track), reason, ender));
        } else if (this.isOurs(track)) notices.tell(endedWords(this.nameOf(participant), reason, ender));
        this.sync();
      }),
      control.on("agent", ({ track, connected }) => {
        if (connected && this.pairing.peek() === track) this.pairing.value = null;
        notices.tell(connected ? "This computer is paired." : "This computer is not paired any more.");
      }),
      annotations.on("refused", ({ track, code }) => {
        notices.tell(
          code === "forbidden"
            ? `${this.ownerName(track)} does not let you draw here.`
            : code === "rate_limited"
              ? "That was too fast; the last mark is gone."
              : "The last mark could not be kept.",
        );
      }),
      annotations.on("changed", ({ track }) => this.marked(track)),
      effect(() => {
        const key = this.drawingOn.value;
        if (key === null || key === PREVIEW) return;
        if (!room.model.tiles.value.some((tile) => tile.key === key)) this.drawingOn.value = null;
      }),
    ];
    const onFullScreen = () => {
      this.inFullScreen.value = document.fullscreenElement !== null;
    };
    document.addEventListener("fullscreenchange", onFullScreen);
    this.stop.push(() => document.removeEventListener("fullscreenchange", onFullScreen));
    const wayOut = new TripleKey("Escape");
    const onKey = (event: KeyboardEvent) => {
      const track = this.heldBy.peek()?.track;
      if (track !== undefined && wayOut.pressed(event)) control.revoke(track);
    };
    addEventListener("keydown", onKey, true);
    this.stop.push(() => removeEventListener("keydown", onKey, true));
    meeting.on("closed", () => {
      for (const stop of this.stop) stop();
    });
    this.sync();
  }

  /** The track whose picture stands under a key. */
  trackUnder(key: string): string | null {
    if (key === PREVIEW) return this.ownScreen.peek();
    return (
      this.room.model.tiles
        .peek()
        .find((tile) => tile.key === key)
        ?.track.peek() ?? null
    );
  }

  nameOf(participant: string): string {
    return visibleName(this.room.meeting.roster.name(participant));
  }

  /** Who shares it. */
  ownerName(track: string): string {
    const owner = this.room.meeting.tracks.get(track)?.participant;
    return owner === undefined ? "Who shared it" : this.nameOf(owner);
  }

  isOurs(track: string): boolean {
    const { meeting } = this.room;
    return meeting.tracks.get(track)?.participant === meeting.roster.self;
  }

  isOwn(participant: string): boolean {
    return participant === this.room.meeting.roster.self;
  }

  /** Of others' screens: who shares one has another button. */
  mayEnd(track: string): boolean {
    return !this.isOurs(track) && this.room.model.grants.value.moderate === true;
  }

  mayClear(track: string): boolean {
    return this.isOurs(track) || this.room.model.grants.value.moderate === true;
  }

  who(participant: string): Named | null {
    const { meeting } = this.room;
    const person = meeting.participants.get(participant);
    if (!person || participant === meeting.roster.self) return null;
    const colour = avatarColour(person.identity);
    const color = getComputedStyle(document.documentElement).getPropertyValue(`--person-${colour}`).trim();
    return { name: visibleName(person.name || person.identity), color: color || "#566679" };
  }

  /** An agent ends it for who shares the screen. */
  private ender(track: string, holder: string, by: string | null): Ender {
    if (by === holder) return "holder";
    const sharer = this.room.meeting.tracks.get(track)?.participant;
    return by === null || by === sharer ? "sharer" : { name: this.nameOf(by) };
  }

  /** Begins or ends drawing on a picture. */
  toggleDrawing(key: string): void {
    if (this.drawingOn.peek() === key) {
      this.drawingOn.value = null;
      return;
    }
    const track = this.trackUnder(key);
    if (track === null) return;
    if (!this.mayDraw(track)) {
      this.room.notices.tell(`${this.ownerName(track)} does not let you draw here.`);
      return;
    }
    this.drawingOn.value = key;
    if (key !== PREVIEW) this.enlarge(key);
  }

  /** Who closed it has it open again by themselves. */
  closePreview(): void {
    this.previewClosed = true;
    this.previewOpen.value = false;
    if (this.drawingOn.peek() === PREVIEW) this.drawingOn.value = null;
  }

  mayDraw(track: string): boolean {
    return this.mayAnnotate.value && this.annotations.mayDraw(track);
  }

  ask(tile: TileModel, scope: readonly ControlScope[]): void {
    const track = tile.track.peek();
    if (track === null) return;
    this.control.request(track, scope);
  }

  private enlarge(key: string): void {
    const { model } = this.room;
    const tile = model.tiles.peek().find((one) => one.key === key);
    const place = tile?.place.peek();
    if (place && place.part !== "stage" && place.width < ROOM_FOR_TOOLS_PX && !tile?.pinned.peek()) {
      model.pin(key);
    }
  }

  private granted(hold: Hold): void {
    const { notices, meeting } = this.room;
    const { self } = meeting.roster;
    this.sync();
    if (hold.participant === self) {
      this.drawingOn.value = null;
      const tile = this.room.model.tiles.peek().find((one) => one.track.peek() === hold.track);
      if (tile) this.enlarge(tile.key);
      notices.say(`You control ${this.ownerName(hold.track)}’s screen`);
    } else if (this.isOurs(hold.track)) {
      this.previewOpen.value = true;
      const monitor = meeting.tracks.get(hold.track)?.surface === "monitor";
      if (monitor && !this.control.hasAgent(hold.track)) this.pairing.value = hold.track;
    }
  }

  private marked(track: string): void {
    const news = this.news.of(track);
    if (news && track === this.ownScreen.peek() && !this.previewClosed) this.previewOpen.value = true;
    const key = this.drawingOn.peek();
    if (key === null || this.trackUnder(key) !== track || this.mayDraw(track)) return;
    this.drawingOn.value = null;
    this.room.notices.tell(`${this.ownerName(track)} does not let you draw here any more.`);
  }

  private sync(): void {
    const { control } = this;
    const { meeting } = this.room;
    const { self, tracks } = meeting.roster;
    const screen = meeting.roster.trackOf(self, "screen")?.id ?? null;
    if (screen !== this.ownScreen.peek()) {
      this.ownScreen.value = screen;
      this.previewOpen.value = false;
      this.previewClosed = false;
      if (this.drawingOn.peek() === PREVIEW) this.drawingOn.value = null;
      if (screen === null) this.pairing.value = null;
    }
    this.requests.value = same(this.requests.peek(), control.requests);
    this.holds.value = same(this.holds.peek(), [...control.all]);
    if (this.heldBy.peek() === null) this.pairing.value = null;
    this.paired.value = screen !== null && control.hasAgent(screen);
    this.paused.value = [...control.all].some((hold) => control.isPaused(hold.track));
    const asking = [...tracks.keys()].filter((track) => control.isAsking(track));
    const before = this.asking.peek();
    if (asking.length !== before.size || asking.some((track) => !before.has(track)))
      this.asking.value = new Set(asking);
  }
}

function same<One>(before: readonly One[], now: readonly One[]): readonly One[] {
  return before.length === now.length && before.every((one, index) => one === now[index]) ? before : now;
}

/** Whether a tile shows our own camera, which is seen as in a mirror. */
export function isMirrored(tile: TileModel): boolean {
  return tile.key === OWN;
}
