/** Which cameras, microphones and loudspeakers there are. */

export interface DeviceLists {
  cameras: MediaDeviceInfo[];
  microphones: MediaDeviceInfo[];
  /** Empty where the browser lets nobody choose. */
  speakers: MediaDeviceInfo[];
}

/** Lists the devices. Until the person allowed one, the labels are empty. Never throws. */
export async function listDevices(): Promise<DeviceLists> {
  const all = await (navigator.mediaDevices?.enumerateDevices() ?? Promise.resolve([])).catch(() => []);
  // Before permission a browser lists one of each kind without an id: nothing to choose from.
  const of = (kind: MediaDeviceKind) => all.filter((one) => one.kind === kind && one.deviceId !== "");
  return { cameras: of("videoinput"), microphones: of("audioinput"), speakers: of("audiooutput") };
}

/** Calls `listener` when a device comes or goes; returns the call that stops it. */
export function onDevicesChanged(listener: () => void): () => void {
  const devices = globalThis.navigator?.mediaDevices;
  devices?.addEventListener("devicechange", listener);
  return () => devices?.removeEventListener("devicechange", listener);
}

interface WithSink {
  setSinkId(id: string): Promise<void>;
}

/** True where a loudspeaker can be chosen. */
export function canChooseSpeaker(): boolean {
  return "setSinkId" in HTMLMediaElement.prototype;
}

/** Plays an element on that loudspeaker, "" for the default; false where the browser cannot or will not. */
export async function playOn(element: HTMLMediaElement, speakerId: string): Promise<boolean> {
  if (!("setSinkId" in element)) return false;
  try {
    await (element as unknown as WithSink).setSinkId(speakerId);
    return true;
  } catch {
    // Unplugged meanwhile: the element plays on where it did.
    return false;
  }
}
