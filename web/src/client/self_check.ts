/**
 * Tries each part of the way from here to a server, and says in words what does not work.
 *
 * It joins a room to do so: give it a token for a room of its own, so that nobody sees somebody come and go.
 */

import { signalingUrl } from "./address";
import { offersTransport, withTransport } from "./candidates";
import { closeWords } from "./endings";
import { type Device, DeviceError, openDevice } from "./media";
import { RequestError, Session, SessionClosed } from "./signaling";
import type { Joined } from "./types";

export type CheckName = "websocket" | "udp" | "tcp" | "turn" | "camera" | "microphone";

export interface Check {
  name: CheckName;
  /** `absent`: there is nothing to check, and no harm in that. */
  result: "ok" | "failed" | "absent";
  /** One sentence, for people. */
  words: string;
}

export interface SelfCheckOptions {
  /** As in `connect`. */
  server?: string;
  token: string;
  room?: string;
  /** Told as soon as it is known, in the order of `CheckName`. */
  onCheck?: (check: Check) => void;
  /** False: the person is not asked for camera and microphone. */
  devices?: boolean;
}

const OPEN_WITHIN_MS = 5_000;
const CONNECT_WITHIN_MS = 6_000;

/** Makes every check, one after the other; never throws. */
export async function selfCheck(options: SelfCheckOptions): Promise<Check[]> {
  const checks: Check[] = [];
  const note = (name: CheckName, result: Check["result"], words: string): void => {
    const check = { name, result, words };
    checks.push(check);
    options.onCheck?.(check);
  };
  const session = new Session({ url: signalingUrl(options.server) });
  const joined = await join(session, options, note);
  for (const way of ["udp", "tcp", "turn"] as const) {
    if (joined === null) note(way, "failed", "Not tried: the server was not reached.");
    else note(way, ...(await tryWay(session, joined, way)));
  }
  await session.leave();
  if (options.devices ?? true) {
    for (const device of ["camera", "microphone"] as const) note(device, ...(await tryDevice(device)));
  }
  return checks;
}

async function join(
  session: Session,
  { token, room }: SelfCheckOptions,
  note: (name: CheckName, result: Check["result"], words: string) => void,
): Promise<Joined | null> {
  const patience = setTimeout(() => session.close(1000, "timeout"), OPEN_WITHIN_MS);
  let opened = false;
  try {
    await session.opened;
    opened = true;
    const joined = await session.join({ token, client: "check", ...(room === undefined ? {} : { room }) });
    note("websocket", "ok", "The server answers.");
    return joined;
  } catch (error) {
    const code = error instanceof SessionClosed ? error.code : 0;
    if (!opened) {
      note(
        "websocket",
        "failed",
        "The server could not be reached. A firewall or proxy may not let WebSockets through.",
      );
    } else {
      note("websocket", "failed", `The server answers, but did not let us in: ${closeWords(code)}`);
    }
    return null;
  } finally {
    clearTimeout(patience);
  }
}

type Finding = [Check["result"], string];

const WAYS = {
  udp: {
    ok: "Media flow over UDP, the best way.",
    failed: "UDP does not get through. A firewall blocks it; ask for the server's media port to be opened.",
    absent: "The server offers no UDP.",
  },
  tcp: {
    ok: "Media can flow over TCP where UDP is blocked.",
    failed: "Media over TCP do not get through. A firewall blocks the server's media port.",
    absent: "The server offers no media over TCP.",
  },
  turn: {
    ok: "The relay (TURN) works.",
    failed: "The relay (TURN) could not be used. Its address is blocked, or its password is wrong.",
    absent: "The server names no relay (TURN).",
  },
} as const;

/** Connects by one way alone: each time a new peer connection of the same participant. */
async function tryWay(session: Session, joined: Joined, way: "udp" | "tcp" | "turn"): Promise<Finding> {
  const relays = joined.ice_servers.filter(({ urls }) => [urls].flat().some((url) => /^turns?:/.test(url)));
  if (way === "turn" && relays.length === 0) return ["absent", WAYS.turn.absent];
  const connection = new RTCPeerConnection({
    bundlePolicy: "max-bundle",
    iceServers: way === "turn" ? relays : [],
    iceTransportPolicy: way === "turn" ? "relay" : "all",
  });
  try {
    connection.addTransceiver("audio", { direction: "recvonly" });
    await connection.setLocalDescription(await connection.createOffer());
    const answer = await session.request("offer", {
      sdp: connection.localDescription?.sdp ?? "",
      tracks: [],
    });
    if (way !== "turn" && !offersTransport(answer.sdp, way)) return ["absent", WAYS[way].absent];
    const sdp = way === "turn" ? answer.sdp : withTransport(answer.sdp, way);
    await connection.setRemoteDescription({ type: "answer", sdp });
    return (await connected(connection)) ? ["ok", WAYS[way].ok] : ["failed", WAYS[way].failed];
  } catch (error) {
    const why =
      error instanceof RequestError || error instanceof SessionClosed ? error.message : String(error);
    return ["failed", `The server could not try it: ${why}`];
  } finally {
    connection.close();
  }
}

function connected(connection: RTCPeerConnection): Promise<boolean> {
  return new Promise((resolve) => {
    const patience = setTimeout(() => resolve(false), CONNECT_WITHIN_MS);
    connection.addEventListener("connectionstatechange", () => {
      const { connectionState } = connection;
      if (connectionState !== "connected" && connectionState !== "failed") return;
      clearTimeout(patience);
      resolve(connectionState === "connected");
    });
  });
}

const DEVICE_WORDS = {
  denied: "may not be used: allow it in the browser's address bar, and in the system's settings",
  missing: "was not found: is it plugged in?",
  busy: "is in use by another program",
  insecure: "may only be used on a page with https",
  failed: "could not be started",
} as const;

async function tryDevice(device: Device): Promise<Finding> {
  const wishes = { width: 1280, height: 720, fps: 30, hint: "", stereo: false };
  try {
    const track = await openDevice(device, wishes, null);
    track.stop();
    return ["ok", `The ${device} works.`];
  } catch (error) {
    const problem = error instanceof DeviceError ? error.problem : "failed";
    return ["failed", `The ${device} ${DEVICE_WORDS[problem]}.`];
  }
}
