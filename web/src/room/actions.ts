/** What a person can do in the room, whether by button or by key. */

import { type Signal, signal } from "@preact/signals";
import { type Device, DeviceError, type Meeting, type Moderation, RequestError, type Role } from "../client";
import type { ChatModel } from "./chat_model";
import { copyText, type Invitations } from "./invitation";
import type { Notices } from "./notices";
import { canFloat, FloatingPicture } from "./picture_in_picture";
import { Recording } from "./recording";
import type { Person, RoomModel } from "./room_model";
import type { Act } from "./shortcuts";
import { deviceProblem } from "./words";
import type { Work } from "./work_area";

export type DialogName = "help" | "settings" | "invite" | "end" | "permission" | "recordings";

export class Actions {
  readonly dialog = signal<DialogName | null>(null);
  readonly peopleOpen = signal(false);
  readonly connectionOpen = signal(false);
  readonly documentsOpen = signal(false);
  readonly boardsOpen = signal(false);
  /** What stands beside the pictures. */
  readonly work = signal<Work | null>(null);
  readonly copied = signal(false);
  /** The last invitation, for who has to copy it by hand. */
  readonly invitation = signal("");
  /** The device that the browser does not give, for the dialog that explains. */
  readonly denied = signal<Device>("camera");
  /** The recording of which a film is to be made when its dialog opens; "" for none. */
  readonly film = signal("");
  /** Changes that are under way: the same is not asked twice. */
  private readonly busy = new Set<string>();
  private readonly floating: FloatingPicture;
  readonly recording: Recording;

  constructor(
    private readonly meeting: Meeting,
    private readonly model: RoomModel,
    private readonly chat: ChatModel,
    private readonly notices: Notices,
    private readonly invitations: Invitations,
  ) {
    this.floating = new FloatingPicture(model);
    this.recording = new Recording(meeting, notices, (recording) => {
      this.film.value = recording;
      this.dialog.value = "recordings";
    });
  }

  perform(act: Act): void {
    switch (act) {
      case "microphone":
      case "camera":
        void this.toggle(act);
        break;
      case "screen":
        void this.share();
        break;
      case "hand":
        void this.raiseHand();
        break;
      case "people":
        this.show(this.peopleOpen, !this.peopleOpen.peek());
        break;
      case "chat":
        this.show(this.chat.open, !this.chat.open.peek());
        break;
      case "documents":
        this.show(this.documentsOpen, !this.documentsOpen.peek());
        break;
      case "boards":
        this.show(this.boardsOpen, !this.boardsOpen.peek());
        break;
      case "layout":
        this.model.setLayout(this.model.layout.peek() === "grid" ? "speaker" : "grid");
        break;
      case "fullscreen":
        void this.fullscreen(document.documentElement);
        break;
      case "invite":
        void this.copyInvitation();
        break;
      case "help":
        this.dialog.value = "help";
        break;
    }
  }

  showPeople(): void {
    this.show(this.peopleOpen, true);
  }

  /** Shows how the connection is, at the side, or no longer. */
  showConnection(): void {
    this.show(this.connectionOpen, !this.connectionOpen.peek());
  }

  /** Opens the chat, to write to one person; null: to everybody. */
  writeTo(identity: string | null): void {
    this.show(this.chat.open, true);
    this.chat.address(identity);
  }

  /** Puts something beside the pictures; null: nothing. The list it was chosen from closes. */
  workOn(work: Work | null): void {
    this.documentsOpen.value = false;
    this.boardsOpen.value = false;
    this.work.value = work;
  }

  react(emoji: string): void {
    if (!this.meeting.chat.react(emoji)) this.notices.tell("That has to wait until the connection is back.");
  }

  /** There is room for one panel. */
  private show(panel: Signal<boolean>, open: boolean): void {
    for (const other of [
      this.peopleOpen,
      this.connectionOpen,
      this.documentsOpen,
      this.boardsOpen,
      this.chat.open,
    ]) {
      if (other !== panel) other.value = false;
    }
    panel.value = open;
  }

  toggle(device: Device): Promise<void> {
    return this.once(device, async () => {
      try {
        await this.meeting.mute(device, this.model[device].peek());
      } catch (error) {
        if (!(error instanceof DeviceError)) throw error;
        this.denied.value = device;
        if (error.problem === "denied") this.dialog.value = "permission";
        else this.notices.tell(deviceProblem(error.device, error.problem));
      }
    });
  }

  share(): Promise<void> {
    return this.once("screen", async () => {
      if (this.model.screen.peek()) {
        await this.meeting.unpublish("screen");
        return;
      }
      try {
        await this.meeting.publish("screen");
        this.notices.say("You are sharing your screen");
      } catch (error) {
        if (!(error instanceof DeviceError)) throw error;
        // Whoever closes the browser's dialog knows that nothing is shared.
        if (error.problem !== "denied") this.notices.tell(deviceProblem("screen", error.problem));
      }
    });
  }

  raiseHand(): Promise<void> {
    return this.once("hand", () => this.meeting.update({ hand: !this.model.hand.peek() }));
  }

  useDevice(device: Device, deviceId: string): Promise<void> {
    return this.once(`${device} choice`, async () => {
      try {
        await this.meeting.useDevice(device, deviceId === "" ? null : deviceId);
      } catch (error) {
        if (!(error instanceof DeviceError)) throw error;
        this.notices.tell(deviceProblem(error.device, error.problem));
      }
    });
  }

  copyInvitation(): Promise<void> {
    return this.once("invitation", () => this.copyLink());
  }

  private async copyLink(): Promise<void> {
    const { link, note } = await this.invitations.make(Date.now());
    this.invitation.value = link;
    if (note !== "") this.notices.tell(note);
    if (!(await copyText(link))) {
      this.dialog.value = "invite";
      return;
    }
    this.copied.value = true;
    this.notices.say("Invitation copied");
    setTimeout(() => {
      this.copied.value = false;
    }, 2_500);
  }

  async fullscreen(element: Element): Promise<void> {
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else await element.requestFullscreen();
    } catch {
      this.notices.tell("This browser does not offer full screen here.");
    }
  }

  get canFloat(): boolean {
    return canFloat;
  }

  async float(): Promise<void> {
    if (!(await this.floating.toggle())) this.notices.tell("There is no picture to show in a window yet.");
  }

  /** Whether the small window is open: then pictures go on in the background. */
  get floats() {
    return this.floating.active;
  }

  /** Begins to record the meeting, or ends that. */
  record(): Promise<void> {
    return this.once("record", () => this.recording.toggle());
  }

  leave(): Promise<void> {
    return this.once("leave", () => this.meeting.leave());
  }

  // --- moderation ---------------------------------------------------------------------------------------

  muteOther(person: Person): Promise<void> {
    return this.once(`mute ${person.id}`, async () => {
      if (person.microphoneTrack !== null) await this.meeting.muteOther(person.microphoneTrack);
    });
  }

  setRole(person: Person, role: Role): Promise<void> {
    return this.moderate({ action: "set_role", participant: person.id, role });
  }

  moderate(moderation: Moderation): Promise<void> {
    const about = "participant" in moderation ? moderation.participant : "";
    return this.once(`${moderation.action} ${about}`, () => this.meeting.moderate(moderation));
  }

  private async once(name: string, act: () => Promise<unknown>): Promise<void> {
    if (this.busy.has(name)) return;
    this.busy.add(name);
    try {
      await act();
    } catch (error) {
      this.tellFailure(error);
    } finally {
      this.busy.delete(name);
    }
  }

  tellFailure(error: unknown): void {
    if (error instanceof RequestError) {
      this.notices.tell(
        error.code === "forbidden"
          ? "You are not allowed to do that here."
          : `That did not work: ${error.message}.`,
      );
    } else if (this.model.state.peek() === "reconnecting") {
      this.notices.tell("That has to wait until the connection is back.");
    } else {
      this.notices.tell(`Something went wrong: ${error instanceof Error ? error.message : String(error)}.`);
    }
  }
}
