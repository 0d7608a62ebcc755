/** The pictures of a meeting, one tile a filled video slot, the own camera, and the sound of the audio slots. */

import type { Meeting } from "../client/meeting";
import type { Slot } from "../client/slots";
import { element, setText } from "./elements";
import { Tile, type TileState } from "./tile";
import { pausedWords } from "./words";

// The names below the pictures; beyond these only their number is told.
const MOST_NAMES = 40;

export class Stage {
  readonly root: HTMLElement;
  private readonly grid = element("ul", { class: "grid", "aria-label": "Pictures" });
  private readonly alone = element("p", { class: "alone" });
  private readonly others = element("ul", { class: "others", "aria-label": "People without a picture" });
  private readonly sounds = element("div", { hidden: true });
  private readonly tiles = new Map<Slot, Tile>();
  private readonly audios = new Map<Slot, HTMLAudioElement>();
  private readonly own = new Tile(true);
  private scheduled = false;

  /** `soundBlocked` is called when the browser wants a click before it plays sound. */
  constructor(
    private readonly meeting: Meeting,
    private readonly soundBlocked: () => void,
  ) {
    this.root = element("main", { class: "stage" }, this.grid, this.alone, this.others, this.sounds);
  }

  /** Draws soon, once for all changes of this turn. */
  changed(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      this.draw();
    });
  }

  /** Tries again to play, from within a click. */
  playAll(): void {
    for (const audio of this.audios.values()) this.play(audio);
  }

  private draw(): void {
    const table = this.meeting.media?.table;
    const slots = table ? [...table.ofKind("video"), ...table.ofKind("audio")] : [];
    this.forget(new Set(slots));
    for (const slot of slots) {
      if (slot.kind === "audio") this.listen(slot);
      else this.drawTile(slot);
    }
    this.drawOwn();
    this.drawOthers(slots);
    const pictures = this.grid.querySelectorAll("li:not([hidden])").length;
    this.grid.style.setProperty("--columns", String(Math.max(1, Math.ceil(Math.sqrt(pictures)))));
    this.grid.classList.toggle("few", pictures <= 3);
    this.grid.hidden = pictures === 0;
  }

  private forget(present: Set<Slot>): void {
    for (const [slot, tile] of this.tiles) {
      if (present.has(slot)) continue;
      tile.root.remove();
      this.tiles.delete(slot);
    }
    for (const [slot, audio] of this.audios) {
      if (present.has(slot)) continue;
      audio.remove();
      this.audios.delete(slot);
    }
  }

  private drawTile(slot: Slot): void {
    const { roster } = this.meeting;
    let tile = this.tiles.get(slot);
    if (!tile) {
      tile = new Tile();
      tile.video.srcObject = slot.stream;
      slot.element = tile.video;
      this.tiles.set(slot, tile);
      this.watchFirstFrame(tile.video);
      this.grid.append(tile.root);
    }
    tile.root.hidden = slot.track === null;
    tile.root.style.order = String(slot.seat);
    if (slot.track === null || slot.participant === null) return;
    const screen = roster.tracks.get(slot.track)?.source === "screen";
    const name = roster.name(slot.participant);
    tile.show({
      name: screen ? `${name}’s screen` : name,
      words: pausedWords(slot.paused, slot.stale),
      keepPicture: slot.stale,
      speaking: !screen && roster.speakers.has(slot.participant),
      microphoneOff: !screen && this.microphoneOff(slot.participant),
      screen,
    });
  }

  private listen(slot: Slot): void {
    if (this.audios.has(slot)) return;
    const audio = element("audio", { autoplay: true });
    audio.srcObject = slot.stream;
    slot.element = audio;
    this.audios.set(slot, audio);
    this.sounds.append(audio);
    this.play(audio);
  }

  private play(audio: HTMLAudioElement): void {
    audio.play().catch((error: unknown) => {
      if (error instanceof Error && error.name === "NotAllowedError") this.soundBlocked();
    });
  }

  private drawOwn(): void {
    const { local, roster } = this.meeting;
    const cameraTrack = local.get("camera")?.media ?? null;
    const stream = this.own.video.srcObject;
    const shown = stream instanceof MediaStream ? (stream.getTracks()[0] ?? null) : null;
    if (shown !== cameraTrack) this.own.video.srcObject = cameraTrack ? new MediaStream([cameraTrack]) : null;
    if (!this.own.root.isConnected) this.grid.append(this.own.root);
    this.own.root.hidden = cameraTrack === null;
    this.own.root.style.order = "1000";
    const state: TileState = {
      name: "You",
      words: "",
      keepPicture: false,
      speaking: roster.speakers.has(roster.self),
      microphoneOff: local.get("microphone")?.muted !== false,
      screen: false,
    };
    this.own.show(state);
  }

  /** Names of those whom no tile shows, so that nobody is in the room unseen. */
  private drawOthers(slots: readonly Slot[]): void {
    const { roster } = this.meeting;
    const seen = new Set(slots.filter((slot) => slot.kind === "video").map((slot) => slot.participant));
    const names = [...roster.participants.values()].filter(({ id }) => id !== roster.self && !seen.has(id));
    const entries = names.slice(0, MOST_NAMES).map(({ id, state }) => {
      const entry = element("li", {}, roster.name(id));
      entry.classList.toggle("speaking", roster.speakers.has(id));
      if (state === "away") entry.append(element("small", {}, " away"));
      else if (this.microphoneOff(id)) entry.append(element("small", {}, " muted"));
      return entry;
    });
    const hidden = roster.count - roster.participants.size + names.length - entries.length;
    if (hidden > 0) entries.push(element("li", {}, `and ${hidden} more`));
    this.others.replaceChildren(...entries);
    this.others.hidden = entries.length === 0;
    this.alone.hidden = roster.self === "" || roster.count > 1;
    setText(this.alone, "Nobody else is here yet.");
  }

  private microphoneOff(participant: string): boolean {
    const track = this.meeting.roster.trackOf(participant, "microphone");
    return track === null || track.muted;
  }

  private watchFirstFrame(video: HTMLVideoElement): void {
    if (!("requestVideoFrameCallback" in video)) return;
    video.requestVideoFrameCallback(() => {
      this.meeting.timings.firstFrame ??= performance.now();
    });
  }
}
