/** One picture of the meeting: a video with a name, and words over it when there is no picture. */

import { element, setText } from "./elements";

export interface TileState {
  name: string;
  /** Words instead of the picture; "" shows it. */
  words: string;
  /** The last picture stays visible below the words. */
  keepPicture: boolean;
  speaking: boolean;
  microphoneOff: boolean;
  screen: boolean;
}

export class Tile {
  readonly root: HTMLLIElement;
  readonly video: HTMLVideoElement;
  private readonly name = element("span", { class: "name" });
  private readonly microphone = element("span", { class: "mic-off" }, "muted");
  private readonly initial = element("span", { class: "initial", "aria-hidden": "true" });
  private readonly words = element("span", { class: "words" });

  /** `mirrored` for the own camera: people know themselves from the mirror. */
  constructor(mirrored = false) {
    this.video = element("video", { autoplay: true, playsinline: true, muted: true });
    // The attribute alone does not mute an element made by script.
    this.video.muted = true;
    const cover = element("div", { class: "cover" }, this.initial, this.words);
    const label = element("p", { class: "label" }, this.name, this.microphone);
    this.root = element("li", { class: mirrored ? "tile mirrored" : "tile" }, this.video, cover, label);
  }

  show(state: TileState): void {
    setText(this.name, state.name);
    setText(this.words, state.words);
    setText(this.initial, initialOf(state.name));
    this.microphone.hidden = !state.microphoneOff;
    const { classList } = this.root;
    classList.toggle("covered", state.words !== "" && !state.keepPicture);
    classList.toggle("waiting", state.words !== "" && state.keepPicture);
    classList.toggle("speaking", state.speaking);
    classList.toggle("screen", state.screen);
    this.video.setAttribute("aria-label", state.screen ? state.name : `Video of ${state.name}`);
  }
}

/** The first letter of a name, whole even where it is not one UTF-16 unit. */
export function initialOf(name: string): string {
  return ([...name.trim()][0] ?? "?").toLocaleUpperCase();
}
