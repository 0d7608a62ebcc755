/** Camera, microphone and screen of this device. */

export type Device = "camera" | "microphone";
export type Capture = Device | "screen";
export type DeviceProblem = "denied" | "missing" | "busy" | "insecure" | "failed";

/** A device that could not be opened, and why in one word; the page has the sentence. */
export class DeviceError extends Error {
  override readonly name = "DeviceError";
  constructor(
    readonly device: Capture,
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

export interface ScreenWishes {
  /** False: the screen without its sound. */
  audio?: boolean;
  /** What the screen shows mostly; sharp text unless told. */
  hint?: "motion" | "detail" | "text";
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

/** Opens one device, the default one without `deviceId`; throws `DeviceError`. */
export async function openDevice(
  device: Device,
  wishes: MediaWishes,
  deviceId: string | null,
): Promise<MediaStreamTrack> {
  try {
    const track = (await open([device], wishes, deviceId)).get(device);
    if (track) return track;
  } catch (error) {
    throw new DeviceError(device, problemOf(error));
  }
  throw new DeviceError(device, "failed");
}

/** Asks the person for a screen, window or tab, with its sound where the browser can; throws `DeviceError`. */
export async function openScreen(
  wishes: ScreenWishes,
): Promise<{ screen: MediaStreamTrack; sound: MediaStreamTrack | null }> {
  const { audio = true, hint = "detail" } = wishes;
  try {
    // Thirty frames of a screen cost more than they show, save for a film.
    const video = { frameRate: { ideal: hint === "motion" ? 30 : 15 } };
    // Echo cancellation is for voices in a room; the sound of a tab shall arrive as it is.
    const sound = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    const stream = await navigator.mediaDevices.getDisplayMedia({ video, audio: audio ? sound : false });
    const screen = stream.getVideoTracks()[0];
    if (!screen) throw new DeviceError("screen", "failed");
    screen.contentHint = hint;
    return { screen, sound: stream.getAudioTracks()[0] ?? null };
  } catch (error) {
    throw error instanceof DeviceError ? error : new DeviceError("screen", problemOf(error));
  }
}

async function open(
  devices: readonly Device[],
  wishes: MediaWishes,
  deviceId: string | null = null,
): Promise<Map<Device, MediaStreamTrack>> {
  const stream = await navigator.mediaDevices.getUserMedia(constraints(devices, wishes, deviceId));
  const tracks = new Map<Device, MediaStreamTrack>();
  for (const track of stream.getTracks()) {
    if (track.kind === "video") track.contentHint = wishes.hint;
    tracks.set(track.kind === "video" ? "camera" : "microphone", track);
  }
  return tracks;
}

function constraints(
  devices: readonly Device[],
  wishes: MediaWishes,
  deviceId: string | null,
): MediaStreamConstraints {
  const { width, height, fps } = wishes;
  const which = deviceId === null ? {} : { deviceId: { exact: deviceId } };
  const video = { ...which, width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: fps } };
  // Echo cancellation mixes down to one channel: whoever asks for stereo plays music, not a meeting.
  const audio = wishes.stereo
    ? { ...which, channelCount: 2, echoCancellation: false, noiseSuppression: false, autoGainControl: false }
    : which;
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
