/** The dialogs of the room; one at a time. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { canChooseSpeaker, type DeviceLists, listDevices, type Meeting } from "../client";
import type { Actions } from "./actions";
import { DeviceSelect } from "./device_select";
import { Dialog } from "./dialog";
import { lazily } from "./lazy";
import { NO_DEVICES } from "./lobby_devices";
import { browserOf, permissionSteps } from "./permission_help";
import type { Remembered } from "./remembered";
import { SHORTCUTS } from "./shortcuts";
import type { Sounds } from "./sounds";
import { Switch } from "./switch";

const RecordingsDialog = lazily(() => import("./recordings_dialog").then((part) => part.default));

export interface DialogsProps {
  actions: Actions;
  meeting: Meeting;
  sounds: Sounds;
  remembered: Remembered;
}

export function Dialogs(props: DialogsProps): JSX.Element | null {
  const { actions } = props;
  const close = () => {
    actions.dialog.value = null;
    actions.film.value = "";
  };
  switch (actions.dialog.value) {
    case "help":
      return <HelpDialog remembered={props.remembered} onClose={close} />;
    case "settings":
      return <SettingsDialog {...props} onClose={close} />;
    case "invite":
      return <InviteDialog link={actions.invitation.value} onClose={close} />;
    case "end":
      return <EndDialog actions={actions} onClose={close} />;
    case "permission":
      return <PermissionDialog actions={actions} onClose={close} />;
    case "recordings":
      return <RecordingsDialog meeting={props.meeting} film={actions.film.value} onClose={close} />;
    case null:
      return null;
  }
}

function HelpDialog({ remembered, onClose }: { remembered: Remembered; onClose: () => void }): JSX.Element {
  const on = useSignal(remembered.shortcuts);
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <dl class="shortcuts">
        {SHORTCUTS.map(({ key, words }) => (
          <div key={key}>
            <dt>{words}</dt>
            <dd>
              <kbd>{key.toUpperCase()}</kbd>
            </dd>
          </div>
        ))}
      </dl>
      <Switch
        label="Use single keys as shortcuts"
        on={on.value}
        onChange={(value) => {
          remembered.shortcuts = value;
          on.value = value;
        }}
      />
    </Dialog>
  );
}

function SettingsDialog(props: DialogsProps & { onClose: () => void }): JSX.Element {
  const { meeting, actions, sounds, remembered } = props;
  const lists = useSignal<DeviceLists>(NO_DEVICES);
  const choices = useSignal(remembered.choices);
  useEffect(() => {
    const list = () => void listDevices().then((found) => (lists.value = found));
    list();
    return meeting.on("devices_changed", list);
  }, [meeting, lists]);
  const choose = (change: Partial<typeof choices.value>) => {
    choices.value = { ...choices.peek(), ...change };
    remembered.choices = choices.peek();
  };
  return (
    <Dialog title="Devices" onClose={props.onClose}>
      <div class="stack">
        <DeviceSelect
          label="Camera"
          devices={lists.value.cameras}
          value={choices.value.cameraId}
          onChange={(cameraId) => {
            choose({ cameraId });
            void actions.useDevice("camera", cameraId);
          }}
        />
        <DeviceSelect
          label="Microphone"
          devices={lists.value.microphones}
          value={choices.value.microphoneId}
          onChange={(microphoneId) => {
            choose({ microphoneId });
            void actions.useDevice("microphone", microphoneId);
          }}
        />
        {canChooseSpeaker() && (
          <DeviceSelect
            label="Speaker"
            devices={lists.value.speakers}
            value={choices.value.speakerId}
            onChange={(speakerId) => {
              choose({ speakerId });
              void sounds.choose(speakerId);
            }}
          />
        )}
      </div>
    </Dialog>
  );
}

function InviteDialog({ link, onClose }: { link: string; onClose: () => void }): JSX.Element {
  return (
    <Dialog title="Invite others" onClose={onClose}>
      <div class="field">
        <label for="invitation">Copy this link and send it</label>
        <input
          id="invitation"
          class="input"
          readOnly
          value={link}
          onFocus={(event) => event.currentTarget.select()}
        />
      </div>
    </Dialog>
  );
}

function EndDialog({ actions, onClose }: { actions: Actions; onClose: () => void }): JSX.Element {
  return (
    <Dialog title="End the meeting for everyone?" onClose={onClose}>
      <div class="stack">
        <p>All people leave, and what they share ends.</p>
        <div class="row end">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button
            type="button"
            class="button danger"
            onClick={() => void actions.moderate({ action: "end" })}
          >
            End meeting
          </button>
        </div>
      </div>
    </Dialog>
  );
}

function PermissionDialog({ actions, onClose }: { actions: Actions; onClose: () => void }): JSX.Element {
  const device = actions.denied.value;
  return (
    <Dialog title={`The browser blocks your ${device}`} onClose={onClose}>
      <div class="stack">
        <ol class="steps">
          {permissionSteps(browserOf(navigator.userAgent)).map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
        <div class="row end">
          <button
            type="button"
            class="button primary"
            onClick={() => {
              onClose();
              void actions.toggle(device);
            }}
          >
            Try again
          </button>
        </div>
      </div>
    </Dialog>
  );
}
