/** The meeting's page: pictures, buttons, notices, and the words at the end. */

import { connect, type Device, DeviceError, type Meeting, RequestError, TokenError } from "../client";
import { element, setText } from "./elements";
import { Notices } from "./notices";
import type { Parameters } from "./parameters";
import { Stage } from "./stage";
import { deviceProblem, type Ending, endingOf, refusal } from "./words";

const LABELS: Record<Device, { on: string; off: string }> = {
  microphone: { on: "Mute", off: "Unmute" },
  camera: { on: "Camera off", off: "Camera on" },
};

export class MeetingPage {
  readonly meeting: Meeting;
  private readonly notices = new Notices();
  private readonly stage: Stage;
  private opening: Promise<unknown> | null = null;
  /** Why no token could be had. */
  private refusal: string | null = null;
  private readonly title = element("h1", {});
  private readonly count = element("p", { class: "count" });
  private readonly buttons: Record<Device, HTMLButtonElement>;

  constructor(
    private readonly root: HTMLElement,
    private readonly room: string,
    private readonly settings: Parameters,
    token: Promise<string>,
  ) {
    const { width, height, fps, hint, stereo, codec, simulcast } = settings;
    this.meeting = connect({
      token: () => token,
      room,
      slots: { video: settings.videoSlots, audio: settings.audioSlots },
      maxSlots: { video: settings.maxVideoSlots, audio: settings.maxAudioSlots },
      ...{ codec, simulcast, stereo, width, height, fps, hint },
    });
    const { meeting } = this;
    meeting.on("changed", () => this.draw());
    meeting.on("state", ({ state, reason }) => {
      if (state === "waiting" || state === "poor") this.notices.say(reason);
    });
    meeting.on("refused", ({ source, code }) => this.notices.say(refusal(source, code)));
    meeting.on("muted_by_others", ({ source }) => this.notices.say(`Somebody turned your ${source} off.`));
    meeting.on("device_lost", ({ device }) => this.notices.say(`Your ${device} was disconnected.`));
    meeting.on("draining", () => {
      this.notices.say("The server will restart soon. This meeting may be interrupted.");
    });
    meeting.on("error", ({ error }) => this.fail(error));
    meeting.on("closed", ({ code }) => this.showEnding(endingOf(code)));
    this.stage = new Stage(this.meeting, () => this.soundHeldBack());
    this.buttons = { microphone: this.deviceButton("microphone"), camera: this.deviceButton("camera") };
    setText(this.title, room);
    this.show();
    this.draw();
  }

  /** Opens the devices; the meeting does not wait for them. */
  async start(): Promise<void> {
    const devices: Device[] = [];
    if (this.settings.microphone) devices.push("microphone");
    if (this.settings.camera) devices.push("camera");
    const opening = this.meeting.publishDevices(devices);
    this.opening = opening.finally(() => {
      this.opening = null;
    });
    for (const { device, problem } of await opening) this.notices.say(deviceProblem(device, problem));
  }

  /** Browsers let a page sound that captures, or that was clicked on: so wait for the devices, then ask. */
  private soundHeldBack(): void {
    if (this.opening) {
      void this.opening.finally(() => this.stage.playAll());
      return;
    }
    this.notices.say("The browser holds back the sound until you allow it.", {
      label: "Play sound",
      run: () => this.stage.playAll(),
    });
  }

  private show(): void {
    const leave = element("button", { type: "button", class: "leave" }, "Leave");
    leave.addEventListener("click", () => void this.meeting.leave());
    const { microphone, camera } = this.buttons;
    this.root.replaceChildren(
      element(
        "div",
        { class: "meeting" },
        element("header", {}, this.title, this.count),
        this.notices.root,
        this.stage.root,
        element(
          "div",
          { class: "toolbar", role: "toolbar", "aria-label": "Meeting" },
          microphone,
          camera,
          leave,
        ),
      ),
    );
  }

  private draw(): void {
    const { roster } = this.meeting;
    setText(this.title, roster.room?.name ?? this.room);
    setText(this.count, this.standing());
    for (const device of ["microphone", "camera"] as const) {
      const on = this.isOn(device);
      const button = this.buttons[device];
      setText(button, on ? LABELS[device].on : LABELS[device].off);
      button.classList.toggle("off", !on);
    }
    this.stage.changed();
  }

  /** Where the meeting stands, in a few words. */
  private standing(): string {
    const { roster, state } = this.meeting;
    if (roster.self === "") return "Entering…";
    if (state === "reconnecting") return "Reconnecting…";
    return roster.count === 1 ? "1 person" : `${roster.count} people`;
  }

  private deviceButton(device: Device): HTMLButtonElement {
    const button = element("button", { type: "button" });
    button.addEventListener("click", async () => {
      // One change at a time; `aria-disabled` keeps the keyboard's focus where it is.
      if (button.getAttribute("aria-disabled") === "true") return;
      button.setAttribute("aria-disabled", "true");
      try {
        await this.meeting.mute(device, this.isOn(device));
      } catch (error) {
        if (error instanceof DeviceError) this.notices.say(deviceProblem(error.device, error.problem));
        else this.fail(error);
      } finally {
        button.removeAttribute("aria-disabled");
      }
    });
    return button;
  }

  private isOn(device: Device): boolean {
    return this.meeting.local.get(device)?.muted === false;
  }

  private fail(error: unknown): void {
    if (error instanceof TokenError) {
      this.refusal = `${error.message}.`;
      return;
    }
    const why = error instanceof Error ? error.message : String(error);
    const text =
      error instanceof RequestError ? `The server refused: ${why}` : `Something went wrong: ${why}`;
    this.notices.say(text);
  }

  private showEnding(closed: Ending): void {
    const { refusal } = this;
    const ending = refusal ? { title: "You could not enter", text: refusal, again: "Try again" } : closed;
    const home = element("a", { href: "/" }, "Start page");
    const heading = element("h1", { tabindex: "-1" }, ending.title);
    const card = element("div", { class: "card" }, heading, element("p", {}, ending.text));
    if (ending.again !== null) {
      const again = element("button", { type: "button", class: "primary" }, ending.again);
      again.addEventListener("click", () => window.location.reload());
      card.append(again);
    }
    card.append(home);
    this.root.replaceChildren(element("main", { class: "centre" }, card));
    heading.focus();
  }
}
