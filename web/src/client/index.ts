/**
 * Sfumato's client library. `connect` enters a room; everything else is on the `Meeting` it returns.
 *
 * Nothing here draws: a page of any making shows `meeting.slots` and calls `publish`, `mute`, `view`.
 */

export { AdaptiveView, type AdaptiveViewOptions } from "./adaptive_view";
export {
  type AnnotationEvents,
  Annotations,
  type Annotators,
  type DrawnMark,
  type Mark,
  type MarkTool,
  type TrackPointer,
} from "./annotations";
export type {
  BoardElement,
  Box,
  Change as BoardChange,
  ElementType,
  End,
  Page,
  Properties,
  Style,
} from "./board_elements";
export { BoardLive, type BoardPointer, type GrowingStroke, type Viewport } from "./board_live";
export { Boards, type BoardTemplate } from "./boards";
export { Channels, type Label, Link, type LinkObserver, type Message } from "./channels";
export { Chat, type ChatEvents, type ChatMessage } from "./chat";
export type { VideoCodec } from "./codecs";
export {
  Control,
  type ControlEvents,
  type ControlInput,
  type ControlRequest,
  type ControlScope,
  type Hold,
  type PairingCode,
} from "./control";
export { canChooseSpeaker, type DeviceLists, listDevices, onDevicesChanged, playOn } from "./devices";
export type {
  Author,
  Change,
  DocumentCursor,
  DocumentEvents,
  DocumentState,
  PlacedComment,
  Review,
  ReviewStatus,
  SharedDocument,
} from "./document";
export { Documents } from "./documents";
export { closeWords } from "./endings";
export { Live, type LiveEvents } from "./live";
export { type Capture, type Device, DeviceError, type DeviceProblem } from "./media";
export {
  type ConnectOptions,
  connect,
  Meeting,
  MeetingClosed,
  type MeetingEvents,
  type MeetingState,
  type Timings,
} from "./meeting";
export type { LocalTrack, PublishOptions } from "./own_media";
export { type Quality, qualityWords } from "./quality";
export { type Check, type CheckName, type SelfCheckOptions, selfCheck } from "./self_check";
export { SharedBoard, type SharedBoardEvents } from "./shared_board";
export { RequestError, SessionClosed } from "./signaling";
export type { Slot } from "./slots";
export { type InviteLink, type Person, requestLink, requestToken, TokenError } from "./token";
export { Topic, type TopicObserver, type TopicOptions } from "./topic";
export type {
  Kind,
  Moderation,
  Participant,
  ParticipantQuality,
  Paused,
  Role,
  Room,
  ServerStats,
  SlotLayer,
  SlotStats,
  SlotWish,
  Source,
  Speaker,
  Surface,
  Track,
  TrackStats,
  View,
} from "./types";
