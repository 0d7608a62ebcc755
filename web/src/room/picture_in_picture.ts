/** A small window that stays above all others and shows whoever is prominent. */

import { effect, signal } from "@preact/signals";
import type { RoomModel } from "./room_model";

export const canFloat = typeof document !== "undefined" && document.pictureInPictureEnabled === true;

/** The meeting is over: so is its window. */
const isOver = (model: RoomModel) => model.state.value === "left" || model.state.value === "failed";

export class FloatingPicture {
  readonly active = signal(false);
  private readonly video = document.createElement("video");
  private timer: ReturnType<typeof setInterval> | null = null;

  constructor(private readonly model: RoomModel) {
    this.video.muted = true;
    this.video.autoplay = true;
    this.video.playsInline = true;
    this.video.addEventListener("leavepictureinpicture", () => this.ended());
    effect(() => {
      if (isOver(model)) void this.close();
    });
  }

  /** Opens it, from within a click, or closes it; false where there is nothing to show or it is not allowed. */
  async toggle(): Promise<boolean> {
    if (this.active.peek()) {
      await this.close();
      return true;
    }
    if (!this.follow()) return false;
    try {
      await this.video.play();
      await this.video.requestPictureInPicture();
    } catch {
      return false;
    }
    this.active.value = true;
    this.timer = setInterval(() => this.follow(), 1_000);
    if (isOver(this.model)) await this.close(); // while the browser was opening it
    return true;
  }

  private follow(): boolean {
    const stream = this.model.prominent()?.stream.peek() ?? null;
    if (stream && this.video.srcObject !== stream) this.video.srcObject = stream;
    return stream !== null;
  }

  private async close(): Promise<void> {
    if (document.pictureInPictureElement === this.video)
      await document.exitPictureInPicture().catch(() => {});
    this.ended();
  }

  private ended(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.video.srcObject = null;
    this.active.value = false;
  }
}
