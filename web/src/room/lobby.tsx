/** Before the meeting: how one looks and sounds, and under which name one enters. */

import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { canChooseSpeaker } from "../client/devices";
import type { Device } from "../client/media";
import { Avatar } from "./avatar";
import { ConnectionCheck } from "./connection_check";
import { DeviceSelect } from "./device_select";
import { Icon } from "./icons";
import { LevelMeter } from "./level_meter";
import type { LobbyDevices } from "./lobby_devices";
import { NameField } from "./name_field";
import { PageHead } from "./page_head";
import { PermissionNote } from "./permission_note";
import type { Remembered } from "./remembered";
import { bothDevicesProblem, deviceProblem } from "./words";

export interface LobbyProps {
  room: string;
  /** Null: the invitation says who one is. */
  name: string | null;
  /** Whether the connection can be tried before. */
  mayCheck: boolean;
  remembered: Remembered;
  devices: LobbyDevices;
  onEnter: (name: string) => void;
}

export function Lobby({ room, name, mayCheck, remembered, devices, onEnter }: LobbyProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const typed = useSignal(name ?? "");
  const checking = useSignal(false);
  useEffect(() => {
    void devices.open();
    // Who has a name already only has to press Enter.
    if (name === "") input.current?.focus();
  }, [devices, name]);
  const submit = (event: Event) => {
    event.preventDefault();
    const chosen = typed.peek().trim();
    if (name === null || chosen) onEnter(chosen);
    else input.current?.focus();
  };
  return (
    <div class="page">
      <PageHead remembered={remembered} />
      <main class="page-body">
        <div class="lobby">
          <CameraPreview devices={devices} name={typed.value} identity={remembered.identity} />
          <form class="lobby-side" onSubmit={submit}>
            <div>
              <p class="muted">You are about to join</p>
              <h1 class="clipped">
                <bdi>{room}</bdi>
              </h1>
            </div>
            {name !== null && <NameField name={typed} input={input} />}
            <Hearing devices={devices} />
            <Problems devices={devices} />
            <button type="submit" class="button primary">
              Join now
            </button>
            <Chooser devices={devices} />
            {mayCheck && (
              <button
                type="button"
                class="button quiet small check"
                onClick={() => {
                  checking.value = true;
                }}
              >
                Check your connection
              </button>
            )}
          </form>
        </div>
        {checking.value && (
          <ConnectionCheck
            identity={remembered.identity}
            onClose={() => {
              checking.value = false;
            }}
          />
        )}
      </main>
    </div>
  );
}

function CameraPreview(props: { devices: LobbyDevices; name: string; identity: string }): JSX.Element {
  const { camera } = props.devices;
  const video = useRef<HTMLVideoElement>(null);
  useSignalEffect(() => {
    const track = camera.track.value;
    if (video.current) video.current.srcObject = track ? new MediaStream([track]) : null;
  });
  const shown = camera.track.value !== null;
  const words = camera.on.value
    ? camera.problem.value
      ? "No picture"
      : "Camera is starting…"
    : "Camera is off";
  return (
    <section class="preview" aria-label="Your picture">
      <video ref={video} autoplay playsInline muted aria-label="Your camera" hidden={!shown} />
      {!shown && (
        <div class="blank">
          <Avatar name={props.name} identity={props.identity} />
          <p>{words}</p>
        </div>
      )}
      <div class="controls">
        <PreviewButton devices={props.devices} device="microphone" />
        <PreviewButton devices={props.devices} device="camera" />
      </div>
    </section>
  );
}

function PreviewButton({ devices, device }: { devices: LobbyDevices; device: Device }): JSX.Element {
  const on = devices[device].on.value && devices[device].problem.value === null;
  const what = device === "camera" ? "camera" : "microphone";
  return (
    <button
      type="button"
      class={on ? "tool" : "tool off"}
      aria-label={on ? `Turn ${what} off` : `Turn ${what} on`}
      onClick={() => void devices.turn(device, !on)}
    >
      <Icon name={on ? what : `${what}Off`} />
    </button>
  );
}

function Hearing({ devices }: { devices: LobbyDevices }): JSX.Element | null {
  const noisy = useSignal(false);
  const tell = useRef((value: boolean) => {
    noisy.value = value;
  });
  const track = devices.microphone.track.value;
  if (!track) return null;
  return (
    <section class="stack" aria-label="Microphone">
      <div class="row">
        <Icon name="microphone" />
        <div class="gap">
          <LevelMeter track={track} onNoise={tell.current} />
        </div>
      </div>
      {noisy.value && (
        <p class="note" role="status">
          <Icon name="volume" />
          It is noisy around you. Others will hear that; mute yourself while you listen, or use a headset.
        </p>
      )}
    </section>
  );
}

function Problems({ devices }: { devices: LobbyDevices }): JSX.Element {
  const both = devices.camera.problem.value;
  if (both === devices.microphone.problem.value && (both === "denied" || both === "insecure")) {
    return (
      <PermissionNote words={bothDevicesProblem(both)} problem={both} onRetry={() => void devices.open()} />
    );
  }
  return (
    <>
      {(["camera", "microphone"] as const).map((device) => {
        const problem = devices[device].problem.value;
        if (!problem) return null;
        return (
          <PermissionNote
            key={device}
            words={deviceProblem(device, problem)}
            problem={problem}
            onRetry={() => void devices.turn(device, true)}
          />
        );
      })}
    </>
  );
}

function Chooser({ devices }: { devices: LobbyDevices }): JSX.Element {
  const { cameras, microphones, speakers } = devices.lists.value;
  return (
    <details class="devices">
      <summary>Choose camera, microphone and speaker</summary>
      <div class="stack">
        <DeviceSelect
          label="Camera"
          devices={cameras}
          value={devices.camera.deviceId.value}
          onChange={(id) => void devices.choose("camera", id)}
        />
        <DeviceSelect
          label="Microphone"
          devices={microphones}
          value={devices.microphone.deviceId.value}
          onChange={(id) => void devices.choose("microphone", id)}
        />
        {canChooseSpeaker() && (
          <DeviceSelect
            label="Speaker"
            devices={speakers}
            value={devices.speakerId.value}
            onChange={(id) => {
              devices.speakerId.value = id;
            }}
          />
        )}
      </div>
    </details>
  );
}
