/** The buttons below the pictures. */

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Actions } from "./actions";
import type { ChatModel } from "./chat_model";
import { Icon, type IconName } from "./icons";
import { Choice, Item, Menu } from "./menu";
import { THEME_WORDS } from "./page_head";
import { Palette } from "./reactions";
import type { Remembered } from "./remembered";
import type { RoomModel } from "./room_model";
import { type Act, keyOf } from "./shortcuts";
import { setTheme, THEMES, theme } from "./theme";

export interface ToolbarProps {
  model: RoomModel;
  chat: ChatModel;
  actions: Actions;
  remembered: Remembered;
}

export function Toolbar({ model, chat, actions, remembered }: ToolbarProps): JSX.Element {
  const root = useRef<HTMLDivElement>(null);
  return (
    <div class="toolbar" role="toolbar" aria-label="Meeting" ref={root}>
      <div class="group">
        <LayoutButton model={model} actions={actions} />
      </div>
      <div class="group">
        {model.allowed("publish_audio") && (
          <Tool
            actions={actions}
            act="microphone"
            icon={model.microphone.value ? "microphone" : "microphoneOff"}
            label={model.microphone.value ? "Mute" : "Unmute"}
            look={model.microphone.value ? "" : "off"}
          />
        )}
        {model.allowed("publish_video") && (
          <Tool
            actions={actions}
            act="camera"
            icon={model.camera.value ? "camera" : "cameraOff"}
            label={model.camera.value ? "Turn camera off" : "Turn camera on"}
            look={model.camera.value ? "" : "off"}
          />
        )}
        {model.allowed("publish_screen") && canShare() && (
          <Tool
            actions={actions}
            act="screen"
            icon={model.screen.value ? "screenOff" : "screen"}
            label={model.screen.value ? "Stop sharing your screen" : "Share your screen"}
            look={model.screen.value ? "on" : ""}
          />
        )}
        <Tool
          actions={actions}
          act="hand"
          icon="hand"
          label={model.hand.value ? "Lower your hand" : "Raise your hand"}
          look={`wide-only ${model.hand.value ? "on" : ""}`}
        />
        {model.allowed("chat") && (
          <span class="wide-only">
            <Menu label="React" class="tool" icon="smile" tip="React">
              <Palette actions={actions} />
            </Menu>
          </span>
        )}
        <More model={model} actions={actions} remembered={remembered} />
        <Leave model={model} actions={actions} />
      </div>
      <div class="group">
        <span class="wide-only">
          <PanelButton
            act="documents"
            icon="document"
            label="Documents"
            open={actions.documentsOpen.value}
            count={0}
            actions={actions}
          />
        </span>
        <span class="wide-only">
          <PanelButton
            act="boards"
            icon="board"
            label="Boards"
            open={actions.boardsOpen.value}
            count={0}
            actions={actions}
          />
        </span>
        <ChatButton chat={chat} actions={actions} />
        <PeopleButton model={model} actions={actions} />
      </div>
    </div>
  );
}

interface ToolProps {
  actions: Actions;
  act: Act;
  icon: IconName;
  label: string;
  /** "", "off" or "on". */
  look: string;
}

function Tool({ actions, act, icon, label, look }: ToolProps): JSX.Element {
  return (
    <button
      type="button"
      class={`tool ${look}`}
      aria-label={label}
      aria-keyshortcuts={keyOf(act)}
      data-tip={`${label} (${keyOf(act)})`}
      onClick={() => actions.perform(act)}
    >
      <Icon name={icon} />
    </button>
  );
}

function LayoutButton({ model, actions }: { model: RoomModel; actions: Actions }): JSX.Element {
  const speaker = model.layout.value === "speaker";
  return (
    <Tool
      actions={actions}
      act="layout"
      icon={speaker ? "grid" : "speaker"}
      label={speaker ? "Show everyone alike" : "Show the speaker large"}
      look=""
    />
  );
}

function PeopleButton({ model, actions }: { model: RoomModel; actions: Actions }): JSX.Element {
  const waiting = model.knocking.value.length;
  return (
    <PanelButton
      act="people"
      icon="people"
      label={waiting > 0 ? `People, ${waiting} waiting` : "People"}
      open={actions.peopleOpen.value}
      count={waiting}
      actions={actions}
    />
  );
}

function ChatButton({ chat, actions }: { chat: ChatModel; actions: Actions }): JSX.Element {
  const unread = chat.unread.value;
  return (
    <PanelButton
      act="chat"
      icon="chat"
      label={unread > 0 ? `Chat, ${unread} new` : "Chat"}
      open={chat.open.value}
      count={unread}
      actions={actions}
    />
  );
}

/** Opens or closes a panel; `count` is what waits for attention in it. */
function PanelButton(props: {
  act: Act;
  icon: IconName;
  label: string;
  open: boolean;
  count: number;
  actions: Actions;
}): JSX.Element {
  const { act, icon, label, open, count, actions } = props;
  const button = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(open);
  useEffect(() => {
    // A panel takes the focus along when it closes: who came by keyboard goes on where they opened it.
    if (wasOpen.current && !open && document.activeElement === document.body) button.current?.focus();
    wasOpen.current = open;
  }, [open]);
  return (
    <button
      ref={button}
      type="button"
      class={open ? "tool on" : "tool"}
      aria-label={label}
      aria-expanded={open}
      aria-keyshortcuts={keyOf(act)}
      data-tip={`${label} (${keyOf(act)})`}
      onClick={() => actions.perform(act)}
    >
      <Icon name={icon} />
      {count > 0 && <span class="badge">{count > 99 ? "99+" : count}</span>}
    </button>
  );
}

function More({ model, actions, remembered }: Omit<ToolbarProps, "chat">): JSX.Element {
  const speaker = model.layout.value === "speaker";
  const recording = actions.recording.running.value !== "";
  return (
    <Menu label="More" class="tool" icon="more" tip="More">
      {model.allowed("chat") && <Palette actions={actions} />}
      <Item icon="hand" shortcut={keyOf("hand")} onChoose={() => actions.perform("hand")}>
        {model.hand.value ? "Lower your hand" : "Raise your hand"}
      </Item>
      <Item icon="document" shortcut={keyOf("documents")} onChoose={() => actions.perform("documents")}>
        Documents
      </Item>
      <Item icon="board" shortcut={keyOf("boards")} onChoose={() => actions.perform("boards")}>
        Boards
      </Item>
      <hr />
      <Item icon="link" shortcut={keyOf("invite")} onChoose={() => void actions.copyInvitation()}>
        Copy invitation
      </Item>
      {model.allowed("record") && (
        <Item icon={recording ? "recordStop" : "record"} onChoose={() => void actions.record()}>
          {recording ? "Stop recording" : "Record the meeting"}
        </Item>
      )}
      {model.allowed("record") && (
        <Item
          icon="film"
          onChoose={() => {
            actions.dialog.value = "recordings";
          }}
        >
          Recordings
        </Item>
      )}
      <Item
        icon={speaker ? "grid" : "speaker"}
        shortcut={keyOf("layout")}
        onChoose={() => actions.perform("layout")}
      >
        {speaker ? "Everyone alike" : "Speaker large"}
      </Item>
      <Item icon="fullscreen" shortcut={keyOf("fullscreen")} onChoose={() => actions.perform("fullscreen")}>
        Full screen
      </Item>
      {actions.canFloat && (
        <Item icon="pip" onChoose={() => void actions.float()}>
          {actions.floats.value ? "Close small window" : "Small window"}
        </Item>
      )}
      <hr />
      {THEMES.map((one) => (
        <Choice key={one} chosen={theme.value === one} onChoose={() => setTheme(one, remembered)}>
          {one === "system" ? "Colours: as the system" : `Colours: ${THEME_WORDS[one].toLowerCase()}`}
        </Choice>
      ))}
      <hr />
      <Item
        icon="settings"
        onChoose={() => {
          actions.dialog.value = "settings";
        }}
      >
        Devices
      </Item>
      <Item icon="signal" onChoose={() => actions.showConnection()}>
        Connection
      </Item>
      <Item icon="keyboard" shortcut={keyOf("help")} onChoose={() => actions.perform("help")}>
        Keyboard shortcuts
      </Item>
    </Menu>
  );
}

function Leave({ model, actions }: { model: RoomModel; actions: Actions }): JSX.Element {
  if (!model.allowed("moderate")) {
    return (
      <button
        type="button"
        class="tool leave"
        aria-label="Leave"
        data-tip="Leave"
        onClick={() => void actions.leave()}
      >
        <Icon name="leave" />
      </button>
    );
  }
  return (
    <Menu label="Leave or end the meeting" class="tool leave" icon="leave" tip="Leave">
      <Item icon="leave" onChoose={() => void actions.leave()}>
        Leave
      </Item>
      <Item
        icon="close"
        danger
        onChoose={() => {
          actions.dialog.value = "end";
        }}
      >
        End for everyone
      </Item>
    </Menu>
  );
}

function canShare(): boolean {
  return navigator.mediaDevices !== undefined && "getDisplayMedia" in navigator.mediaDevices;
}
