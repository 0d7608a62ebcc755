/** Tells the client library which element shows which slot, so that nothing is sent that nobody sees. */

import type { Meeting, Slot } from "../client";
import { AdaptiveView } from "../client/adaptive_view";
import type { RoomModel } from "./room_model";

/** The stage goes before the small pictures where the network is tight. */
const STAGE_PRIORITY = 10;

export class RoomSight {
  private readonly view: AdaptiveView;
  private readonly shown = new Map<Slot, Element>();
  /** What a slot without a tile is shown on: no pixel. */
  private readonly nowhere = document.createElement("div");
  private connection: RTCPeerConnection | null = null;
  private staged: string | null = null;

  constructor(
    private readonly meeting: Meeting,
    private readonly model: RoomModel,
  ) {
    this.view = new AdaptiveView(meeting);
    meeting.on("closed", () => this.view.stop());
  }

  /** Pictures go on in the background while a small window shows one. */
  pauseWithPage(pause: boolean): void {
    this.view.pauseWithPage(pause);
  }

  /** After every drawing. */
  update(): void {
    const { meeting, model } = this;
    if (meeting.connection !== this.connection) {
      this.connection = meeting.connection;
      this.view.forget();
      this.shown.clear();
    }
    const staged = model.onStage.peek();
    const stagedElement = model.elementOf(staged);
    for (const slot of meeting.slots.values()) {
      if (slot.kind !== "video") continue;
      const element = slot.element ?? this.nowhere;
      const same = this.shown.get(slot) === element;
      if (same && (staged === this.staged || element !== stagedElement)) continue;
      this.shown.set(slot, element);
      this.view.show(slot, element, staged !== null && element === stagedElement ? STAGE_PRIORITY : 0);
    }
    this.staged = staged;
    this.view.pin(model.pinnedTracks());
    this.view.want(model.wantedTracks());
  }
}
