import { describe, expect, test } from "vitest";
import type { Meeting } from "../../src/client";
import { lookingWords, lookOf, watchers } from "../../src/room/looking";

const person = (id: string, name: string) => [id, { id, name, identity: id }] as const;

/** What the words are read from. */
const meeting = {
  looking: new Map([
    ["pa_me", "tr_bo"],
    ["pa_bo", "tr_me"],
    ["pa_cy", "tr_bo"],
    ["pa_di", "do_1"],
    ["pa_ed", "bo_none"],
  ]),
  room: { documents: [{ id: "do_1", title: "Minutes" }] },
  roster: {
    self: "pa_me",
    tracks: new Map([
      ["tr_me", { participant: "pa_me" }],
      ["tr_bo", { participant: "pa_bo" }],
    ]),
    participants: new Map([person("pa_bo", "Bo")]),
    name: () => "Bo",
  },
} as unknown as Meeting;

describe("what lies before us", () => {
  test.each([
    [null, null, null],
    [null, "camera pa_1", null],
    [null, "screen tr_1", "tr_1"],
    [{ kind: "document", id: "do_1" } as const, "screen tr_1", "do_1"],
  ])("work %o and stage %o: %o", (work, stage, look) => {
    expect(lookOf(work, stage)).toBe(look);
  });
});

test("all who look are counted", () => {
  expect(watchers(meeting, "tr_bo")).toBe(2);
  expect(watchers(meeting, "tr_me")).toBe(1);
  expect(watchers(meeting, "tr_x")).toBe(0);
  expect(watchers(meeting, undefined)).toBe(0);
});

test.each([
  ["pa_bo", "watching your screen"],
  ["pa_cy", "watching Bo’s screen"],
  ["pa_di", "in “Minutes”"],
  ["pa_ed", ""],
  ["pa_no", ""],
])("%s is said to be %o", (participant, words) => {
  expect(lookingWords(meeting, participant)).toBe(words);
});
