/** Turns what happens in a meeting into messages. */

import type { Meeting } from "../client";
import { visibleName } from "./names";
import type { Notices } from "./notices";
import type { RoomModel } from "./room_model";
import { refusal } from "./words";

/** In larger rooms people come and go all the time: nobody wants to hear each. */
const SAID_UP_TO = 25;

export function tellNews(meeting: Meeting, notices: Notices, showPeople: () => void): void {
  const { roster } = meeting;
  const nameOf = (participant: string) => visibleName(roster.name(participant));
  const hands = new Set<string>();
  const names = new Map<string, string>();
  /** The message about who waits, by participant: it goes when they need wait no more. */
  const knocks = new Map<string, number>();
  const begin = () => {
    // Who still waits is told again.
    for (const told of knocks.values()) notices.close(told);
    knocks.clear();
    hands.clear();
    for (const { id, hand } of meeting.participants.values()) if (hand) hands.add(id);
  };
  meeting.on("joined", begin);
  meeting.on("moved", begin);
  meeting.on("participant_joined", ({ participant }) => {
    if (participant.id !== roster.self && meeting.count <= SAID_UP_TO)
      notices.say(`${nameOf(participant.id)} joined`);
  });
  // When they are gone their name is no longer in the roster.
  meeting.on("changed", () => {
    for (const { id } of meeting.participants.values()) names.set(id, nameOf(id));
  });
  meeting.on("participant_left", ({ participant }) => {
    if (meeting.count <= SAID_UP_TO) notices.say(`${names.get(participant) ?? "Someone"} left`);
    names.delete(participant);
    hands.delete(participant);
  });
  meeting.on("participant_updated", ({ participant }) => {
    const { id, hand } = participant;
    if (hand && !hands.has(id) && id !== roster.self) notices.tell(`${nameOf(id)} raised a hand.`);
    if (hand) hands.add(id);
    else hands.delete(id);
  });
  meeting.on("track_published", ({ track }) => {
    if (track.source === "screen" && track.participant !== roster.self) {
      notices.say(`${nameOf(track.participant)} is sharing a screen`);
    }
  });
  meeting.on("knock", ({ participant }) => {
    const name = visibleName(participant.name || participant.identity);
    knocks.set(
      participant.id,
      notices.tell(`${name} waits to be let in.`, { label: "Show", run: showPeople }),
    );
  });
  meeting.on("knock_ended", ({ participant }) => {
    const told = knocks.get(participant);
    knocks.delete(participant);
    // Another of that name may wait, too.
    if (told !== undefined && ![...knocks.values()].includes(told)) notices.close(told);
  });
  meeting.on("muted_by_others", ({ source }) => notices.tell(`Somebody turned your ${source} off.`));
  meeting.on("refused", ({ source, code }) => notices.tell(refusal(source, code)));
  meeting.on("device_lost", ({ device, replaced }) => {
    notices.tell(
      replaced
        ? `Your ${device} was unplugged; another one is in use now.`
        : `Your ${device} was unplugged. It goes on when you plug it in again.`,
    );
  });
  meeting.on("draining", () =>
    notices.tell("The server restarts soon. You will be connected again by yourself."),
  );
}

/** Lets reactions float over the pictures, and says them. */
export function tellReactions(meeting: Meeting, model: RoomModel, notices: Notices): void {
  meeting.chat.on("reaction", ({ participant, emoji }) => {
    const name = model.react(participant, emoji);
    if (name !== "" && meeting.count <= SAID_UP_TO) notices.say(`${name}: ${emoji}`);
  });
  meeting.chat.on("refused", () => notices.tell("You are not allowed to do that here."));
}
