/** Camera and microphone before the meeting: open for the preview, handed over when entering. */

import { signal } from "@preact/signals";
import { type DeviceLists, listDevices, onDevicesChanged } from "../client/devices";
import {
  type Device,
  DeviceError,
  type DeviceProblem,
  type MediaWishes,
  openDevice,
  openDevices,
} from "../client/media";
import type { Choices } from "./remembered";

export const NO_DEVICES: DeviceLists = { cameras: [], microphones: [], speakers: [] };
const DEVICES = ["camera", "microphone"] as const;

/** One device of the lobby. */
class Preview {
  readonly on;
  readonly deviceId;
  readonly track = signal<MediaStreamTrack | null>(null);
  readonly problem = signal<DeviceProblem | null>(null);
  /** Counts openings: one that took long does not replace a later one. */
  attempt = 0;

  constructor(on: boolean, deviceId: string) {
    this.on = signal(on);
    this.deviceId = signal(deviceId);
  }

  /** `onUnplugged` is called if the track ends while it is in use here. */
  take(track: MediaStreamTrack, onUnplugged: () => void): void {
    this.track.peek()?.stop();
    this.track.value = track;
    this.problem.value = null;
    track.addEventListener("ended", () => {
      if (this.track.peek() !== track) return;
      this.track.value = null;
      onUnplugged();
    });
  }

  release(): void {
    this.attempt += 1;
    const track = this.track.peek();
    this.track.value = null;
    track?.stop();
  }
}

export class LobbyDevices {
  readonly camera: Preview;
  readonly microphone: Preview;
  readonly speakerId;
  readonly lists = signal<DeviceLists>(NO_DEVICES);
  private readonly stopWatching: () => void;

  constructor(
    choices: Choices,
    private readonly wishes: MediaWishes,
  ) {
    this.camera = new Preview(choices.camera, choices.cameraId);
    this.microphone = new Preview(choices.microphone, choices.microphoneId);
    this.speakerId = signal(choices.speakerId);
    this.stopWatching = onDevicesChanged(() => void this.changed());
  }

  get choices(): Choices {
    return {
      camera: this.camera.on.peek(),
      microphone: this.microphone.on.peek(),
      cameraId: this.camera.deviceId.peek(),
      microphoneId: this.microphone.deviceId.peek(),
      speakerId: this.speakerId.peek(),
    };
  }

  /** Opens what is on; asks the person once where no certain device was chosen. */
  async open(): Promise<void> {
    const wanted = DEVICES.filter((device) => this[device].on.peek());
    if (wanted.every((device) => this[device].deviceId.peek() === "")) await this.openTogether(wanted);
    else await Promise.all(wanted.map((device) => this.openOne(device)));
    await this.list();
  }

  async turn(device: Device, on: boolean): Promise<void> {
    this[device].on.value = on;
    if (!on) {
      this[device].problem.value = null;
      this[device].release();
      return;
    }
    await this.openOne(device);
    await this.list();
  }

  async choose(device: Device, deviceId: string): Promise<void> {
    this[device].deviceId.value = deviceId;
    if (this[device].on.peek()) await this.openOne(device);
  }

  /** The open tracks; from now on they are the caller's. */
  handOver(): Map<Device, MediaStreamTrack> {
    this.stopWatching();
    const tracks = new Map<Device, MediaStreamTrack>();
    for (const device of DEVICES) {
      const track = this[device].track.peek();
      this[device].attempt += 1;
      this[device].track.value = null;
      if (track) tracks.set(device, track);
    }
    return tracks;
  }

  close(): void {
    for (const track of this.handOver().values()) track.stop();
  }

  private async openTogether(devices: readonly Device[]): Promise<void> {
    const attempts = new Map(devices.map((device) => [device, ++this[device].attempt]));
    const { tracks, problems } = await openDevices(devices, this.wishes);
    for (const [device, track] of tracks) {
      if (attempts.get(device) === this[device].attempt)
        this[device].take(track, () => void this.openOne(device));
      else track.stop();
    }
    for (const { device, problem } of problems) if (device !== "screen") this[device].problem.value = problem;
  }

  private async openOne(device: Device): Promise<void> {
    const preview = this[device];
    const attempt = ++preview.attempt;
    try {
      const track = await this.openChosen(device, preview.deviceId.peek());
      if (attempt === preview.attempt) preview.take(track, () => void this.openOne(device));
      else track.stop();
    } catch (error) {
      if (attempt === preview.attempt) preview.problem.value = problemIn(error);
    }
  }

  private async openChosen(device: Device, deviceId: string): Promise<MediaStreamTrack> {
    try {
      return await openDevice(device, this.wishes, deviceId === "" ? null : deviceId);
    } catch (error) {
      // The one chosen last time is not plugged in: any other is better than none.
      if (deviceId === "" || problemIn(error) !== "missing") throw error;
      return openDevice(device, this.wishes, null);
    }
  }

  /** Something was plugged in or out: what was missed may be there now. */
  private async changed(): Promise<void> {
    await this.list();
    for (const device of DEVICES) {
      const { on, problem } = this[device];
      if (on.peek() && problem.peek() === "missing") await this.openOne(device);
    }
  }

  private async list(): Promise<void> {
    this.lists.value = await listDevices();
  }
}

function problemIn(error: unknown): DeviceProblem {
  return error instanceof DeviceError ? error.problem : "failed";
}
