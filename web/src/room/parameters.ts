/**
 * What the page's address says.
 *
 * `/` is the start page, `/r/{room}` a meeting, `/d/{document}` a shared document, `/b/{board}` a shared board,
 * `#token=…` the invitation. The query serves tests and curious people; everything has a default:
 *
 * | parameter | default | meaning |
 * | --- | --- | --- |
 * | `name`, `identity`, `role` | asked, kept, – | who enters when there is no token |
 * | `camera`, `mic` | 1 | 0: that device is not opened |
 * | `slots`, `audioSlots` | 9 | slots of the first offer |
 * | `maxSlots` | 49, or what `slots` says if given | how far they may grow, video and audio each |
 * | `codec` | VP8 | the codec published first: VP8, H264, VP9 or AV1 |
 * | `simulcast` | 1 | 0: one encoding |
 * | `hint` | – | contentHint of the camera: motion, detail or text |
 * | `width`, `height`, `fps` | 1280, 720, 30 | asked of the camera |
 * | `stereo` | 0 | 1: stereo Opus |
 * | `lobby` | 1; 0 if `name` is given | 0: enters at once |
 * | `adapt` | as `lobby` | 0: asks for every picture in full size, not in the size it is shown |
 */

import { CODEC_ORDER, type VideoCodec } from "../client/codecs";

export interface Parameters {
  /** Name of the room, null on the start page. */
  room: string | null;
  /** Id of the document or board that a link opens without a meeting; null elsewhere. */
  document: string | null;
  board: string | null;
  token: string | null;
  name: string | null;
  identity: string | null;
  role: string | null;
  camera: boolean;
  microphone: boolean;
  videoSlots: number;
  audioSlots: number;
  maxVideoSlots: number;
  maxAudioSlots: number;
  codec: VideoCodec;
  simulcast: boolean;
  hint: "" | "motion" | "detail" | "text";
  width: number;
  height: number;
  fps: number;
  stereo: boolean;
  lobby: boolean;
  adapt: boolean;
}

const SLOTS = 9;
const MAX_SLOTS = 49;
// Beyond this a browser takes seconds for one offer.
const SLOTS_CEILING = 100;

/** Reads an address; what is missing or makes no sense takes its default. Never throws. */
export function parameters(address: Pick<Location, "pathname" | "search" | "hash">): Parameters {
  const query = new URLSearchParams(address.search);
  const fragment = new URLSearchParams(address.hash.replace(/^#/, ""));
  const videoSlots = whole(query.get("slots"), 0, SLOTS_CEILING, SLOTS);
  const audioSlots = whole(query.get("audioSlots"), 0, SLOTS_CEILING, SLOTS);
  const maxSlots = whole(query.get("maxSlots"), 0, SLOTS_CEILING, null);
  const lobby = query.get("lobby") === "1" || (query.get("lobby") !== "0" && !query.get("name"));
  return {
    room: partOf(address.pathname, "r"),
    document: partOf(address.pathname, "d"),
    board: partOf(address.pathname, "b"),
    token: fragment.get("token") || null,
    name: query.get("name"),
    identity: query.get("identity"),
    role: query.get("role"),
    camera: query.get("camera") !== "0",
    microphone: query.get("mic") !== "0",
    videoSlots,
    audioSlots,
    maxVideoSlots: Math.max(videoSlots, maxSlots ?? (query.has("slots") ? videoSlots : MAX_SLOTS)),
    maxAudioSlots: Math.max(audioSlots, maxSlots ?? (query.has("audioSlots") ? audioSlots : MAX_SLOTS)),
    codec: oneOf(query.get("codec")?.toUpperCase(), CODEC_ORDER, "VP8"),
    simulcast: query.get("simulcast") !== "0",
    hint: oneOf(query.get("hint"), ["motion", "detail", "text"] as const, ""),
    width: whole(query.get("width"), 16, 7680, 1280),
    height: whole(query.get("height"), 16, 4320, 720),
    fps: whole(query.get("fps"), 1, 120, 30),
    stereo: query.get("stereo") === "1",
    lobby,
    adapt: query.has("adapt") ? query.get("adapt") !== "0" : lobby,
  };
}

/** The address of a room's page, with the query kept. */
export function roomPath(room: string, search = ""): string {
  return `/r/${encodeURIComponent(room)}${search}`;
}

/** What stands after `/{place}/`; null where the address is another. */
function partOf(pathname: string, place: string): string | null {
  const [, first, encoded, rest] = pathname.replace(/\/$/, "").split("/");
  if (first !== place || !encoded || rest !== undefined) return null;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

function whole<Otherwise extends number | null>(
  text: string | null,
  least: number,
  most: number,
  otherwise: Otherwise,
): number | Otherwise {
  if (text === null || !/^\d{1,6}$/.test(text)) return otherwise;
  const value = Number(text);
  return value >= least && value <= most ? value : otherwise;
}

function oneOf<Choice extends string, Otherwise extends string>(
  text: string | null | undefined,
  choices: readonly Choice[],
  otherwise: Otherwise,
): Choice | Otherwise {
  return choices.find((choice) => choice === text) ?? otherwise;
}
