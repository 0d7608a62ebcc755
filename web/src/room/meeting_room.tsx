/** The meeting. */

import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Meeting } from "../client";
import type { Actions } from "./actions";
import { Banner } from "./banner";
import type { ChatModel } from "./chat_model";
import { ChatPanel } from "./chat_panel";
import { ChatToast } from "./chat_toast";
import { ConnectionPanel } from "./connection_panel";
import { Dialogs } from "./dialogs";
import { Icon } from "./icons";
import { lazily } from "./lazy";
import { followLook } from "./looking";
import { NoticeList } from "./notice_list";
import type { Notices } from "./notices";
import { useOverPictures } from "./over_pictures";
import { PeoplePanel } from "./people_panel";
import type { Remembered } from "./remembered";
import type { RoomModel } from "./room_model";
import { actOf } from "./shortcuts";
import type { Sounds } from "./sounds";
import { Stage } from "./stage";
import { Toolbar } from "./toolbar";
import { peopleWords, watchingWords } from "./words";
import { WorkArea } from "./work_area";

export interface MeetingRoomProps {
  room: string;
  meeting: Meeting;
  model: RoomModel;
  chat: ChatModel;
  actions: Actions;
  notices: Notices;
  sounds: Sounds;
  remembered: Remembered;
}

const DocumentsPanel = lazily(() =>
  import("../documents/documents_panel").then((part) => part.DocumentsPanel),
);

const BoardsPanel = lazily(() => import("../board/boards_panel").then((part) => part.BoardsPanel));

export function MeetingRoom(props: MeetingRoomProps): JSX.Element {
  const { model, chat, actions, remembered, notices, meeting } = props;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!remembered.shortcuts || actions.dialog.peek() !== null) return;
      const act = actOf(event);
      if (act === null) return;
      event.preventDefault();
      actions.perform(act);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [actions, remembered]);
  useEffect(() => followLook(meeting, model.onStage, actions.work), [meeting, model, actions]);
  useSignalEffect(() => {
    const waiting = model.knocking.value.length + chat.unread.value;
    document.title = `${waiting > 0 ? `(${waiting}) ` : ""}${props.room} – Sfumato`;
  });
  const over = useOverPictures(props).value;
  return (
    <div class={actions.work.value === null ? "meeting" : "meeting working"}>
      <Head {...props} />
      <Banner model={model} actions={actions} onRetry={() => meeting.reconnect()} />
      <Stage model={model} actions={actions} over={over} />
      {over && <over.Desk />}
      <WorkArea {...props} />
      {actions.peopleOpen.value && <PeoplePanel model={model} actions={actions} />}
      {chat.open.value && <ChatPanel chat={chat} mayWrite={model.allowed("chat")} />}
      {actions.documentsOpen.value && <DocumentsPanel {...props} />}
      {actions.boardsOpen.value && <BoardsPanel {...props} />}
      {actions.connectionOpen.value && (
        <ConnectionPanel meeting={meeting} onClose={() => actions.showConnection()} />
      )}
      <Toolbar model={model} chat={chat} actions={actions} remembered={remembered} />
      <ChatToast chat={chat} actions={actions} />
      <NoticeList notices={notices} />
      <Dialogs {...props} />
    </div>
  );
}

function Head({ room, model, actions }: MeetingRoomProps): JSX.Element {
  const entering = model.state.value === "connecting";
  return (
    <header class="head">
      <h1 class="clipped">
        <bdi>{model.title.value || room}</bdi>
      </h1>
      {model.locked.value && (
        <span class="state-icon" role="img" aria-label="Locked" title="Locked: nobody new may enter">
          <Icon name="lock" />
        </span>
      )}
      {actions.recording.running.value !== "" && (
        <p class="recording" title="This meeting is recorded">
          <span class="wide-only">Recording</span>
          <span class="narrow-only">
            Rec<span class="unseen">ording</span>
          </span>
        </p>
      )}
      <button
        type="button"
        class="button quiet small"
        aria-label={actions.copied.value ? "Copied" : "Invite: copy the link"}
        onClick={() => void actions.copyInvitation()}
      >
        <Icon name={actions.copied.value ? "check" : "copy"} />
        <span class="wide-only">{actions.copied.value ? "Copied" : "Invite"}</span>
      </button>
      <span class="gap" />
      {model.screen.value && model.watchingUs.value > 0 && (
        <p class="count watching" title="Who looks at your screen">
          <Icon name="eye" />
          <span class="narrow-only">
            {model.watchingUs.value}
            <span class="unseen"> watching</span>
          </span>
          <span class="wide-only">{watchingWords(model.watchingUs.value)}</span>
        </p>
      )}
      {model.screen.value && (
        <button type="button" class="button primary small" onClick={() => void actions.share()}>
          <Icon name="screenOff" />
          Stop sharing
        </button>
      )}
      <p class="count">{entering ? "Entering…" : peopleWords(model.count.value)}</p>
    </header>
  );
}
