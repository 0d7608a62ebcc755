/** Camera and microphone of this device. */

export type Device = "camera" | "microphone";
export type DeviceProblem = "denied" | "missing" | "busy" | "insecure" | "failed";

/** A device that could not be opened, and why in one word; the page has the sentence. */
export class DeviceError extends Error {
  override readonly name = "DeviceError";
  constructor(
    readonly device: Device,
    readonly problem: DeviceProblem,
  ) {
    super(`${device}: ${problem}`);
  }
}

export interface MediaWishes {
  width: number;
  height: number;
  fps: number;
  /** What the picture is of: "motion", "detail", "text" or "" (the browser guesses). */
  hint: string;
  stereo: boolean;
}

export interface Opened {
  tracks: Map<Device, MediaStreamTrack>;
  problems: DeviceError[];
}

/**
 * Opens the devices, together if it can be so that the person is asked once; each alone when that fails, so that a
 * missing camera does not cost the microphone. Never throws.
 */
export async function openDevices(devices: readonly Device[], wishes: MediaWishes): Promise<Opened> {
  const tracks = new Map<Device, MediaStreamTrack>();
  const problems: DeviceError[] = [];
  if (devices.length > 1) {
    try {
      for (const [device, track] of await open(devices, wishes)) tracks.set(device, track);
      return { tracks, problems };
    } catch {
      // Which of them it was, the attempts below tell.
    }
  }
  for (const device of devices) {
    try {
      for (const [opened, track] of await open([device], wishes)) tracks.set(opened, track);
    } catch (error) {
      problems.push(new DeviceError(device, problemOf(error)));
    }
  }
  return { tracks, problems };
}

async function open(devices: readonly Device[], wishes: MediaWishes): Promise<Map<Device, MediaStreamTrack>> {
  const stream = await navigator.mediaDevices.getUserMedia(constraints(devices, wishes));
  const tracks = new Map<Device, MediaStreamTrack>();
  for (const track of stream.getTracks()) {
    if (track.kind === "video") track.contentHint = wishes.hint;
    tracks.set(track.kind === "video" ? "camera" : "microphone", track);
  }
  return tracks;
}

function constraints(devices: readonly Device[], wishes: MediaWishes): MediaStreamConstraints {
  const { width, height, fps } = wishes;
  const video = { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: fps } };
  // Echo cancellation mixes down to one channel: whoever asks for stereo plays music, not a meeting.
  const audio = wishes.stereo
    ? { channelCount: 2, echoCancellation: false, noiseSuppression: false, autoGainControl: false }
    : true;
  return {
    video: devices.includes("camera") ? video : false,
    audio: devices.includes("microphone") ? audio : false,
  };
}

/** What an exception of getUserMedia means for the person (Media Capture and Streams §10.2). */
export function problemOf(error: unknown): DeviceProblem {
  // A page that is neither https nor localhost has no `navigator.mediaDevices` at all.
  if (error instanceof TypeError) return "insecure";
  const name = error instanceof Error ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "missing";
  if (name === "NotReadableError" || name === "AbortError") return "busy";
  return "failed";
}
