import { beforeEach, expect, test } from "vitest";
import type { Meeting, Participant } from "../../src/client";
import { Emitter } from "../../src/client/emitter";
import type { MeetingEvents } from "../../src/client/meeting";
import { tellNews } from "../../src/room/news";
import { Notices } from "../../src/room/notices";

function person(id: string, name: string, hand = false): Participant {
  return { id, identity: id, name, hand } as Participant;
}

let events: Emitter<MeetingEvents>;
let notices: Notices;
let people: Map<string, Participant>;

beforeEach(() => {
  events = new Emitter();
  notices = new Notices();
  people = new Map();
  const meeting = {
    on: events.on.bind(events),
    count: 3,
    participants: people,
    roster: { self: "pa_me", name: (id: string) => people.get(id)?.name ?? "Someone" },
  };
  tellNews(meeting as unknown as Meeting, notices, () => {});
});

const shown = () => notices.shown.value.map(({ text }) => text);
const joined = () => events.emit("joined", {} as MeetingEvents["joined"]);

test("a hand that was up when one came in is no news", () => {
  people.set("pa_bo", person("pa_bo", "Bo", true)).set("pa_cy", person("pa_cy", "Cy"));
  joined();
  events.emit("participant_updated", { participant: person("pa_bo", "Bo", true) });
  events.emit("participant_updated", { participant: person("pa_cy", "Cy", true) });
  expect(shown()).toEqual(["Cy raised a hand."]);
});

test("who waits is told until nobody of that name does", () => {
  for (const id of ["pa_1", "pa_2"]) events.emit("knock", { participant: person(id, "Di") });
  events.emit("knock_ended", { participant: "pa_1", reason: "admitted" });
  expect(shown()).toEqual(["Di waits to be let in."]);
  events.emit("knock_ended", { participant: "pa_2", reason: "denied" });
  expect(shown()).toEqual([]);
});

test("who was let in while the line was down waits no more", () => {
  for (const id of ["pa_1", "pa_2"]) events.emit("knock", { participant: person(id, id) });
  joined();
  events.emit("knock", { participant: person("pa_2", "pa_2") });
  expect(shown()).toEqual(["pa_2 waits to be let in."]);
});
