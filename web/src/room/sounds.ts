/** The sound of the meeting: one audio element a slot, outside of the drawing. */

import { type Meeting, playOn, type Slot } from "../client";

export class Sounds {
  private readonly elements = new Map<Slot, HTMLAudioElement>();
  private speakerId = "";

  /** `blocked` is called when the browser wants a click before it plays sound. */
  constructor(
    private readonly meeting: Meeting,
    private readonly blocked: () => void,
  ) {
    meeting.on("slots", () => this.update());
    meeting.on("closed", () => this.update());
    this.update();
  }

  /** Tries again to play, from within a click. */
  playAll(): void {
    for (const audio of this.elements.values()) this.play(audio);
  }

  /** Plays on that loudspeaker, "" for the default; false where the browser does not let one choose. */
  async choose(speakerId: string): Promise<boolean> {
    this.speakerId = speakerId;
    const done = await Promise.all([...this.elements.values()].map((audio) => playOn(audio, speakerId)));
    return done.every((one) => one);
  }

  private update(): void {
    const present = new Set([...this.meeting.slots.values()].filter((slot) => slot.kind === "audio"));
    for (const [slot, audio] of this.elements) {
      if (present.has(slot)) continue;
      audio.srcObject = null;
      this.elements.delete(slot);
    }
    for (const slot of present) if (!this.elements.has(slot)) this.add(slot);
  }

  private add(slot: Slot): void {
    // Not in the document: it plays just the same, and no drawing can remove it.
    const audio = new Audio();
    audio.autoplay = true;
    audio.srcObject = slot.stream;
    slot.element = audio;
    this.elements.set(slot, audio);
    if (this.speakerId !== "") void playOn(audio, this.speakerId);
    this.play(audio);
  }

  private play(audio: HTMLAudioElement): void {
    audio.play().catch((error: unknown) => {
      if (error instanceof Error && error.name === "NotAllowedError") this.blocked();
    });
  }
}
