/** The meeting's page: pictures, buttons, notices, and the words at the end. */

import type { Device } from "../client/media";
import { Meeting } from "../client/meeting";
import { RequestError, SessionClosed } from "../client/signaling";
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
  private readonly title = element("h1", {});
  private readonly count = element("p", { class: "count" });
  private readonly buttons: Record<Device, HTMLButtonElement>;

  constructor(
    private readonly root: HTMLElement,
    private readonly room: string,
    private readonly settings: Parameters,
  ) {
    const { location } = window;
    const { width, height, fps, hint, stereo, codec, simulcast } = settings;
    this.meeting = new Meeting(
      {
        url: `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/rtc`,
        room,
        slots: { video: settings.videoSlots, audio: settings.audioSlots },
        maxSlots: { video: settings.maxVideoSlots, audio: settings.maxAudioSlots },
        codec,
        simulcast,
        wishes: { width, height, fps, hint, stereo },
      },
      {
        changed: () => this.draw(),
        waiting: () => this.notices.say("Please wait: somebody in the meeting will let you in."),
        refused: (source, code) => this.notices.say(refusal(source, code)),
        mutedByOthers: (device) => this.notices.say(`Somebody turned your ${device} off.`),
        deviceLost: (device) => this.notices.say(`Your ${device} was disconnected.`),
        draining: () => this.notices.say("The server will restart soon. This meeting may be interrupted."),
        failed: (error) => this.fail(error),
        ended: (closed) => this.showEnding(endingOf(closed.code)),
      },
    );
    this.stage = new Stage(this.meeting, () => this.soundHeldBack());
    this.buttons = { microphone: this.deviceButton("microphone"), camera: this.deviceButton("camera") };
    setText(this.title, room);
    this.show();
    this.draw();
  }

  /** Joins with a token; the devices open meanwhile, and the meeting does not wait for them. */
  async start(token: Promise<string>): Promise<void> {
    const devices: Device[] = [];
    if (this.settings.microphone) devices.push("microphone");
    if (this.settings.camera) devices.push("camera");
    const opening = this.meeting.openDevices(devices);
    this.opening = opening.finally(() => {
      this.opening = null;
    });
    try {
      await this.meeting.enter(await token);
    } catch (error) {
      // A closed session has told its reason already.
      if (!(error instanceof SessionClosed)) this.refuse(error);
    }
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
      const on = this.meeting.isOn(device);
      const button = this.buttons[device];
      setText(button, on ? LABELS[device].on : LABELS[device].off);
      button.classList.toggle("off", !on);
    }
    this.stage.changed();
  }

  /** Where the meeting stands, in a few words. */
  private standing(): string {
    const { roster, media } = this.meeting;
    if (roster.self === "") return "Entering…";
    if (media === null) return "Reconnecting…";
    return roster.count === 1 ? "1 person" : `${roster.count} people`;
  }

  private deviceButton(device: Device): HTMLButtonElement {
    const button = element("button", { type: "button" });
    button.addEventListener("click", async () => {
      // One change at a time; `aria-disabled` keeps the keyboard's focus where it is.
      if (button.getAttribute("aria-disabled") === "true") return;
      button.setAttribute("aria-disabled", "true");
      try {
        const problem = await this.meeting.turn(device, !this.meeting.isOn(device));
        if (problem) this.notices.say(deviceProblem(device, problem.problem));
      } catch (error) {
        if (!(error instanceof SessionClosed)) this.fail(error);
      } finally {
        button.removeAttribute("aria-disabled");
      }
    });
    return button;
  }

  private fail(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    const text =
      error instanceof RequestError ? `The server refused: ${why}` : `Something went wrong: ${why}`;
    this.notices.say(text);
  }

  private refuse(error: unknown): void {
    const text = error instanceof Error ? `${error.message}.` : "Try again later.";
    this.meeting.session.close();
    this.showEnding({ title: "You could not enter", text, again: "Try again" });
  }

  private showEnding(ending: Ending): void {
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
