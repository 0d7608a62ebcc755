/** The recording of the meeting: whether one runs, starting and stopping it, and what everybody is told of it. */

import { signal } from "@preact/signals";
import type { Meeting } from "../client";
import type { Notices } from "./notices";

/** What goes wrong while a recording runs, for those who could do something about it; the rest is in its manifest. */
const PROBLEM_WORDS: Record<string, string> = {
  disk_full: "The recording is not written any more: the server's disk is full.",
  not_writable: "The recording is not written any more: the server cannot write its files.",
  no_keyframe: "Somebody's picture cannot be recorded at the moment.",
  queue_full: "The recording has gaps: the server cannot keep up.",
  recorder_restarted: "The recording has a short gap: it had to be started again.",
};

const TONES_HZ = { started: [660, 880], stopped: [880, 660] } as const;
const TONE_S = 0.14;
const LOUDNESS = 0.06;

export class Recording {
  /** The one that runs; "" for none. */
  readonly running = signal("");
  private told = 0;

  /** `makeFilm` shows how a film is made of a recording. */
  constructor(
    private readonly meeting: Meeting,
    private readonly notices: Notices,
    private readonly makeFilm: (recording: string) => void,
  ) {
    // The id follows in an event of its own; after a reconnection nothing is news but what has changed.
    meeting.on("joined", ({ room }) => this.follow(room.recording ? this.running.peek() : ""));
    meeting.on("moved", ({ room }) => this.follow(room.recording ? this.running.peek() : ""));
    meeting.on("recording", ({ active, recording }) => this.follow(active ? recording : ""));
    meeting.on("recording_problem", ({ code }) => {
      const words = PROBLEM_WORDS[code];
      if (words !== undefined) this.notices.tell(words);
    });
  }

  /** Throws `RequestError`. */
  async toggle(): Promise<void> {
    const { meeting } = this;
    const path = `/api/v1/rooms/${encodeURIComponent(meeting.room?.name ?? "")}/recordings`;
    const recording = this.running.peek();
    if (recording === "") {
      await meeting.http(path, { method: "POST" });
      return;
    }
    await meeting.http(`${path}/${recording}`, { method: "DELETE" });
  }

  private follow(recording: string): void {
    const before = this.running.peek();
    if (recording === before) return;
    this.running.value = recording;
    chime(recording === "" ? "stopped" : "started");
    if (recording !== "") {
      this.told = this.notices.tell("This meeting is being recorded.");
      return;
    }
    this.notices.close(this.told);
    const ended = this.notices.tell("The recording has ended.");
    if (this.meeting.me?.grants.record === true) void this.tellSaved(before, ended);
  }

  /** Who may record hears when it can be watched; how it ends for who leaves before is in the list. */
  private async tellSaved(recording: string, ended: number): Promise<void> {
    const { notices, meeting } = this;
    try {
      const part = await import("./recordings");
      if (!part.isThere(await part.saved(meeting, recording))) {
        notices.tell("Nothing was recorded.");
        return;
      }
      const watch = () => {
        part.watch(meeting, recording).catch(() => notices.tell("The recording cannot be opened now."));
      };
      notices.close(ended);
      notices.tell(
        "Recording saved",
        { label: "Watch", run: watch },
        { label: "Make a film", run: () => this.makeFilm(recording) },
      );
    } catch {
      // Nobody is there to be told, or it was deleted.
    }
  }
}

/** Two short tones. */
function chime(of: keyof typeof TONES_HZ): void {
  if (typeof AudioContext === "undefined") return;
  const context = new AudioContext();
  const loudness = new GainNode(context, { gain: LOUDNESS });
  loudness.connect(context.destination);
  TONES_HZ[of].forEach((frequency, index) => {
    const tone = new OscillatorNode(context, { frequency });
    tone.connect(loudness);
    tone.start(context.currentTime + index * TONE_S);
    tone.stop(context.currentTime + (index + 1) * TONE_S);
  });
  setTimeout(() => void context.close(), 1_000);
}
