/**
 * The wire types of signaling (protocol version 1, section 2), as a client of a meeting needs them.
 * Every message is one flat JSON object; receivers ignore fields they do not know.
 */

export type Kind = "audio" | "video";
export type Source = "microphone" | "camera" | "screen" | "screen_audio";
export type Paused = "no_source" | "muted" | "hidden" | "bandwidth" | "codec" | "switching";
export type Role = "viewer" | "participant" | "presenter" | "host";

export interface Participant {
  id: string;
  identity: string;
  name: string;
  role: Role;
  grants: Record<string, boolean>;
  hand: boolean;
  metadata: string;
  /** UTC milliseconds since 1970. */
  joined_at: number;
  state: "active" | "away";
}

export interface TrackLayer {
  rid: string;
  width: number;
  height: number;
  bitrate_bps: number;
}

export interface Track {
  id: string;
  participant: string;
  kind: Kind;
  source: Source;
  name: string;
  codec: string;
  muted: boolean;
  csrc: number;
  surface?: Surface;
  layers: TrackLayer[];
}

export interface Room {
  id: string;
  name: string;
  created_at: number;
  locked: boolean;
  lobby: boolean;
  max_participants: number;
  recording: boolean | null;
  /** What the room has to work on; absent where the server has no such service. */
  documents?: TopicTitle[];
  boards?: TopicTitle[];
}

/** A document or board of a room. */
export interface TopicTitle {
  id: string;
  title: string;
}

/** Only the limits this client obeys; the server sends more. */
export interface Limits {
  max_slots_audio?: number;
  max_slots_video?: number;
  grace_ms?: number;
  /** Messages in a chat's snapshot, and characters of one. */
  chat?: number;
  chat_text?: number;
  data_message_bytes?: number;
  stroke_points?: number;
  file_bytes?: number;
}

export interface Joined {
  participant: Participant;
  room: Room;
  participants: Participant[];
  tracks: Track[];
  ice_servers: RTCIceServer[];
  resume: string;
  resumed: boolean;
  token: string;
  limits: Limits;
}

export type Surface = "monitor" | "window" | "browser";

/** A track the client publishes: what an offer says of one sending m-line. */
export interface OfferedTrack {
  mid: string;
  source: Source;
  name?: string;
  muted?: boolean;
  surface?: Surface;
}

export interface AnsweredTrack {
  mid: string;
  track: string | null;
  code?: string;
}

export interface AnsweredSlot {
  mid: string;
  kind: Kind;
  seat: number;
}

export interface Answer {
  sdp: string;
  tracks: AnsweredTrack[];
  slots: AnsweredSlot[];
}

export interface SlotLayer {
  rid: string;
  spatial?: number;
  temporal?: number;
  width?: number;
  height?: number;
}

/** What a slot carries from now on. */
export interface SlotState {
  mid: string;
  track: string | null;
  participant: string | null;
  layer: SlotLayer | null;
  paused: Paused | null;
}

export interface Speaker {
  participant: string;
  /** 0 (silent) to 1. */
  level: number;
}

/** How a slot is shown: pixels on the screen (0 × 0: nothing is sent), and what matters more when it is tight. */
export interface SlotWish {
  mid: string;
  width?: number;
  height?: number;
  fps?: number;
  /** Higher first, 0 unless told. */
  priority?: number;
}

/** What this client wants to see; each view replaces the last. */
export type View =
  | { mode: "auto"; pin?: string[]; want?: string[]; slots?: SlotWish[] }
  | { mode: "manual"; slots: (SlotWish & { track: string })[] };

/** What `moderate` can do; all but `mute_all` need the grant `moderate`. */
export type Moderation =
  | { action: "admit" | "deny" | "lower_hand"; participant: string }
  | { action: "remove"; participant: string; ban?: boolean }
  | { action: "mute_all" }
  | { action: "set_role"; participant: string; role: Role }
  | { action: "set_grants"; participant: string; grants: Record<string, boolean | null> }
  | { action: "lock"; locked: boolean }
  | { action: "lobby"; enabled: boolean }
  | { action: "move"; participant: string; room: string }
  | { action: "end" };

/** How well something arrives, 1 (bad) to 5, and why. */
export interface ParticipantQuality {
  participant: string;
  score: number;
  reason: string;
}

/** One slot as the server sees it; losses are 0–1. */
export interface SlotStats {
  mid: string;
  track: string | null;
  rid: string | null;
  spatial: number | null;
  temporal: number | null;
  width: number;
  height: number;
  fps: number;
  bitrate_bps: number;
  loss: number;
  target_bps: number;
  /** Why it is not better (protocol, section 2, `stats`). */
  reason: string;
}

/** What the server receives of a track of ours. */
export interface TrackStats {
  track: string;
  layers: { rid: string; bitrate_bps: number; loss: number; fps: number; wanted: boolean }[];
}

/** The server's view of our connection; null where it does not know yet. */
export interface ServerStats {
  estimate_bps: number | null;
  rtt_ms: number | null;
  slots: SlotStats[];
  tracks: TrackStats[];
}

type Nothing = Record<never, never>;

/** Requests by name: what is sent, and the fields of the reply. */
export interface Requests {
  join: {
    send: { token: string; room?: string; resume?: string; client?: string; name?: string };
    reply: Joined;
  };
  offer: { send: { sdp: string; tracks: OfferedTrack[] }; reply: Answer };
  view: { send: View; reply: Nothing };
  mute: { send: { track: string; muted: boolean }; reply: Nothing };
  unpublish: { send: { track: string }; reply: Nothing };
  update: { send: { name?: string; metadata?: string; hand?: boolean }; reply: Nothing };
  look: { send: { at: string | null }; reply: Nothing };
  moderate: { send: Moderation; reply: Nothing };
  stats: { send: Nothing; reply: ServerStats };
  ping: { send: Nothing; reply: Nothing };
  leave: { send: Nothing; reply: Nothing };
}

/** What is sent and not answered. */
export interface Tellings {
  /** A message of a service, where there is no data channel. */
  channel: { label: string; data: object };
}

/** Events by name. `joined` is here too: listeners hear it before any event that follows it. */
export interface Events {
  joined: Joined;
  waiting: Nothing;
  participant_joined: { participant: Participant };
  participant_updated: { participant: Participant };
  participant_left: { participant: string; reason: string };
  roster: { joined: Participant[]; left: string[]; count: number };
  track_published: { track: Track };
  track_updated: { track: Track };
  track_unpublished: { track: string };
  slots: { slots: SlotState[] };
  speakers: { speakers: Speaker[] };
  quality: { participants: ParticipantQuality[] };
  looking: { participants: { participant: string; at: string | null }[] };
  layers: { track: string; wanted: string[] };
  codec: { track: string; use: string };
  recording: { active: boolean; recording: string };
  /** Told to those who may record. `code`: `disk_full`, `not_writable`, `no_keyframe`, … */
  recording_problem: { recording: string; at_ms: number; code: string; track: string; detail: string };
  room_updated: { room: Room };
  /** Somebody waits in the lobby; told to those who may admit. */
  knock: { participant: Participant };
  knock_ended: { participant: string; reason: "admitted" | "denied" | "left" };
  pc_closed: { reason: string };
  moved: { room: Room; participants: Participant[]; tracks: Track[] };
  token: { token: string; expires_at: number };
  /** A message of a service, where there is no data channel. */
  channel: { label: string; data: unknown };
  draining: { deadline_at: number; url?: string };
  ended: { reason: string };
  /** An error that answers no request. */
  error: { code: string; message: string };
}
