/** Which page an address means, and the way from the start page through the lobby into a meeting. */

import { effect, signal } from "@preact/signals";
import type { JSX } from "preact";
import { connect, type Device, type Meeting, requestToken, TokenError } from "../client";
import { Actions } from "./actions";
import { ChatModel } from "./chat_model";
import { EndingPage } from "./ending_page";
import { exposeForTests } from "./exposed";
import { Invitations, isForAnybody } from "./invitation";
import { KeptWork } from "./kept_work";
import { lazily } from "./lazy";
import { Lobby } from "./lobby";
import { LobbyDevices } from "./lobby_devices";
import { MeetingRoom, type MeetingRoomProps } from "./meeting_room";
import { tellNews, tellReactions } from "./news";
import { Notices } from "./notices";
import { type Parameters, parameters, roomPath } from "./parameters";
import type { Remembered } from "./remembered";
import { RoomModel } from "./room_model";
import { RoomSight } from "./room_sight";
import { Sounds } from "./sounds";
import { StartPage } from "./start_page";
import { WaitingPage } from "./waiting_page";
import { deviceProblem, type Ending, endingOf } from "./words";

/** A document or board by its link: nothing of it is loaded with a meeting. */
const DocumentPage = lazily(() => import("../documents/share_page").then((part) => part.DocumentPage));
const BoardPage = lazily(() => import("../board/board_page").then((part) => part.BoardPage));

type Screen =
  | { name: "start" }
  | { name: "lobby"; room: string; person: string | null; mayCheck: boolean; devices: LobbyDevices }
  | { name: "document" | "board"; id: string; token: string | null; person: string | null }
  | { name: "meeting"; props: MeetingRoomProps }
  | { name: "ending"; ending: Ending };

/** How a meeting is entered. */
interface Entry {
  room: string;
  token: () => Promise<string>;
  /** Open already, from the lobby. */
  tracks: Map<Device, MediaStreamTrack>;
  /** To be opened now. */
  toOpen: Device[];
  deviceIds: Record<Device, string>;
  speakerId: string;
}

export class App {
  private readonly screen = signal<Screen>({ name: "start" });

  constructor(private readonly remembered: Remembered) {}

  /** Opens what the address says. */
  open(): void {
    const settings = parameters(location);
    const shared = settings.document ?? settings.board;
    if (shared !== null) {
      document.title = "Sfumato";
      const name = settings.document === null ? "board" : "document";
      this.screen.value = { name, id: shared, token: settings.token, person: settings.name };
    } else if (settings.room === null) {
      document.title = "Sfumato";
      this.screen.value = { name: "start" };
    } else if (settings.lobby) this.enterLobby(settings.room, settings);
    else this.enterAtOnce(settings.room, settings);
  }

  view(): JSX.Element {
    const screen = this.screen.value;
    const { remembered } = this;
    switch (screen.name) {
      case "start":
        return <StartPage remembered={remembered} onRoom={(room) => this.chooseRoom(room)} />;
      case "lobby": {
        const { room, person, mayCheck, devices } = screen;
        const enter = (name: string) => this.enterFromLobby(room, name, devices);
        return (
          <Lobby
            room={room}
            name={person}
            mayCheck={mayCheck}
            remembered={remembered}
            devices={devices}
            onEnter={enter}
          />
        );
      }
      case "document":
      case "board": {
        const { id, token, person } = screen;
        const Page = screen.name === "board" ? BoardPage : DocumentPage;
        return <Page id={id} token={token} name={person} remembered={remembered} />;
      }
      case "meeting":
        return <InMeeting {...screen.props} />;
      case "ending":
        return <EndingPage ending={screen.ending} remembered={remembered} />;
    }
  }

  private chooseRoom(room: string): void {
    // No new page load: the click is what lets the meeting play sound.
    history.pushState(null, "", roomPath(room, location.search));
    this.open();
  }

  private enterLobby(room: string, settings: Parameters): void {
    document.title = `${room} – Sfumato`;
    const choices = this.remembered.choices;
    const devices = new LobbyDevices(
      {
        ...choices,
        camera: choices.camera && settings.camera,
        microphone: choices.microphone && settings.microphone,
      },
      settings,
    );
    const { token } = settings;
    // A token of one's own says who one is; any other lets one say it.
    const person = token === null || isForAnybody(token) ? (settings.name ?? this.remembered.name) : null;
    // An invitation is good for its room alone, and there a check would be seen.
    this.screen.value = { name: "lobby", room, person, mayCheck: token === null, devices };
  }

  private enterFromLobby(room: string, name: string, devices: LobbyDevices): void {
    const settings = parameters(location);
    const { choices } = devices;
    if (name !== "") this.remembered.name = name;
    this.remembered.choices = choices;
    const tracks = devices.handOver();
    this.enter(settings, {
      room,
      token: this.tokenFor(room, name, settings),
      tracks,
      // Still starting when the person entered.
      toOpen: (["camera", "microphone"] as const).filter(
        (device) => choices[device] && !tracks.has(device) && devices[device].problem.peek() === null,
      ),
      deviceIds: { camera: choices.cameraId, microphone: choices.microphoneId },
      speakerId: choices.speakerId,
    });
  }

  private enterAtOnce(room: string, settings: Parameters): void {
    this.enter(settings, {
      room,
      token: this.tokenFor(room, settings.name ?? "", settings),
      tracks: new Map(),
      toOpen: (["microphone", "camera"] as const).filter((device) => settings[device]),
      deviceIds: { camera: "", microphone: "" },
      speakerId: "",
    });
  }

  private tokenFor(room: string, name: string, settings: Parameters): () => Promise<string> {
    const { token, role } = settings;
    if (token !== null) {
      return isForAnybody(token)
        ? () => requestToken({ room, name, invitation: token })
        : () => Promise.resolve(token);
    }
    const identity = settings.identity ?? this.remembered.identity;
    return () => requestToken({ room, name, identity, ...(role ? { role } : {}) });
  }

  private enter(settings: Parameters, entry: Entry): void {
    const { remembered } = this;
    const { room } = entry;
    document.title = `${room} – Sfumato`;
    const { codec, simulcast, stereo, width, height, fps, hint } = settings;
    const meeting = connect({
      token: entry.token,
      room,
      slots: { video: settings.videoSlots, audio: settings.audioSlots },
      maxSlots: { video: settings.maxVideoSlots, audio: settings.maxAudioSlots },
      ...{ codec, simulcast, stereo, width, height, fps, hint },
    });
    exposeForTests(meeting);
    const notices = new Notices();
    const model = new RoomModel(meeting);
    const invitations = new Invitations(location, room, settings.token, meeting);
    const chat = new ChatModel(meeting, model);
    const actions = new Actions(meeting, model, chat, notices, invitations);
    const opening = this.publish(meeting, entry, notices);
    const sounds: Sounds = new Sounds(meeting, () => {
      // Browsers let a page sound that captures, or that was clicked on: so wait for the devices, then ask.
      void opening.then(() => askForSound(sounds, notices));
    });
    if (entry.speakerId !== "") void sounds.choose(entry.speakerId);
    tellNews(meeting, notices, () => actions.showPeople());
    tellReactions(meeting, model, notices);
    if (settings.adapt) this.adapt(meeting, model, actions);
    let refused: string | null = null;
    meeting.on("error", ({ error }) => {
      if (error instanceof TokenError)
        refused = `${error.message[0]?.toUpperCase()}${error.message.slice(1)}.`;
      else actions.tellFailure(error);
    });
    const kept = new KeptWork(() => sessionStorage);
    const keep = () => kept.keep(room, actions.work.peek());
    addEventListener("pagehide", keep);
    meeting.on("joined", (joined) => {
      remembered.entered(room);
      const work = kept.take(joined.room);
      if (work && actions.work.peek() === null) actions.workOn(work);
    });
    meeting.on("closed", ({ code }) => {
      removeEventListener("pagehide", keep);
      const ending = refused
        ? { title: "You could not enter", text: refused, again: "Try again" }
        : endingOf(code);
      this.screen.value = { name: "ending", ending };
    });
    const props = { room, meeting, model, chat, actions, notices, sounds, remembered };
    this.screen.value = { name: "meeting", props };
  }

  private async publish(meeting: Meeting, entry: Entry, notices: Notices): Promise<void> {
    for (const [device, track] of entry.tracks) {
      const deviceId = entry.deviceIds[device];
      await meeting.publish(device, { track, ...(deviceId === "" ? {} : { deviceId }) });
    }
    for (const { device, problem } of await meeting.publishDevices(entry.toOpen)) {
      notices.tell(deviceProblem(device, problem));
    }
  }

  private adapt(meeting: Meeting, model: RoomModel, actions: Actions): void {
    const sight = new RoomSight(meeting, model);
    model.onDrawn = () => sight.update();
    effect(() => sight.pauseWithPage(!actions.floats.value));
  }
}

function InMeeting(props: MeetingRoomProps): JSX.Element {
  if (props.model.state.value !== "waiting") return <MeetingRoom {...props} />;
  return (
    <WaitingPage room={props.room} remembered={props.remembered} onLeave={() => void props.meeting.leave()} />
  );
}

function askForSound(sounds: Sounds, notices: Notices): void {
  sounds.playAll();
  if (navigator.userActivation?.hasBeenActive) return;
  notices.tell("The browser may hold back the sound until you allow it.", {
    label: "Play sound",
    run: () => sounds.playAll(),
  });
}
