/** Who is in the room and what they publish, kept from `joined` and the events after it. */

import type { Signals } from "./line";
import type { Kind, Participant, Room, Track } from "./types";

export class Roster {
  room: Room | null = null;
  /** This client's own participant id, "" before `joined`. */
  self = "";
  readonly participants = new Map<string, Participant>();
  readonly tracks = new Map<string, Track>();
  /** Participants who speak now, by loudness 0–1. */
  readonly speakers = new Map<string, number>();
  /** What a participant has before them: the id of a track, document or board. Who looks at none is not in it. */
  readonly looking = new Map<string, string>();
  /** Who waits in the lobby; only those who may admit are told. */
  readonly knocking = new Map<string, Participant>();
  /** Members of the room; more than `participants` holds where the room is too big to list everyone. */
  count = 0;

  /** Follows a session; `changed` is called after every change. */
  follow(session: Signals, changed: () => void): void {
    session.on("joined", (joined) => {
      this.self = joined.participant.id;
      this.replace(joined.room, joined.participants, joined.tracks);
      changed();
    });
    session.on("moved", (moved) => {
      this.replace(moved.room, moved.participants, moved.tracks);
      changed();
    });
    session.on("participant_joined", ({ participant }) => {
      this.enter([participant]);
      changed();
    });
    session.on("participant_updated", ({ participant }) => {
      this.participants.set(participant.id, participant);
      changed();
    });
    session.on("participant_left", ({ participant }) => {
      this.leave([participant]);
      changed();
    });
    session.on("knock", ({ participant }) => {
      this.knocking.set(participant.id, participant);
      changed();
    });
    session.on("knock_ended", ({ participant }) => {
      this.answered(participant);
      changed();
    });
    session.on("roster", ({ joined, left, count }) => {
      this.enter(joined);
      this.leave(left);
      this.count = count;
      changed();
    });
    session.on("track_published", ({ track }) => {
      this.tracks.set(track.id, track);
      changed();
    });
    session.on("track_updated", ({ track }) => {
      this.tracks.set(track.id, track);
      changed();
    });
    session.on("track_unpublished", ({ track }) => {
      this.tracks.delete(track);
      for (const [participant, at] of this.looking) if (at === track) this.looking.delete(participant);
      changed();
    });
    session.on("speakers", ({ speakers }) => {
      this.speakers.clear();
      for (const { participant, level } of speakers) this.speakers.set(participant, level);
      changed();
    });
    session.on("looking", ({ participants }) => {
      for (const { participant, at } of participants) {
        if (at === null) this.looking.delete(participant);
        else this.looking.set(participant, at);
      }
      changed();
    });
    session.on("room_updated", ({ room }) => {
      this.room = room;
      changed();
    });
  }

  /** A knock was answered. */
  answered(participant: string): void {
    this.knocking.delete(participant);
  }

  /** What a participant is called; never empty, so that a tile is never without a name. */
  name(participant: string | null): string {
    const known = participant === null ? undefined : this.participants.get(participant);
    return known?.name || known?.identity || "Someone";
  }

  /** How many tracks of a kind others publish: what slots are needed for. */
  othersTracks(kind: Kind): number {
    let count = 0;
    for (const track of this.tracks.values()) {
      if (track.kind === kind && track.participant !== this.self) count += 1;
    }
    return count;
  }

  /** The track of a participant by its source, if there is one. */
  trackOf(participant: string, source: Track["source"]): Track | null {
    for (const track of this.tracks.values()) {
      if (track.participant === participant && track.source === source) return track;
    }
    return null;
  }

  private replace(room: Room, participants: Participant[], tracks: Track[]): void {
    this.room = room;
    this.participants.clear();
    this.tracks.clear();
    this.speakers.clear();
    this.looking.clear();
    this.knocking.clear();
    this.count = 0;
    this.enter(participants);
    for (const track of tracks) this.tracks.set(track.id, track);
  }

  private enter(participants: Participant[]): void {
    for (const participant of participants) {
      this.knocking.delete(participant.id);
      if (!this.participants.has(participant.id)) this.count += 1;
      this.participants.set(participant.id, participant);
    }
  }

  private leave(participants: string[]): void {
    for (const participant of participants) {
      this.knocking.delete(participant);
      if (this.participants.delete(participant)) this.count -= 1;
      this.speakers.delete(participant);
      this.looking.delete(participant);
      for (const track of this.tracks.values()) {
        if (track.participant === participant) this.tracks.delete(track.id);
      }
    }
  }
}
