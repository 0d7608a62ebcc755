import { describe, expect, test } from "vitest";
import { readJournal } from "../../src/replay/journal";
import type { Manifest } from "../../src/replay/manifest";
import { MEETING_RULES, meetingLines } from "../../src/replay/meeting_state";
import { Seekable } from "../../src/replay/seekable";

const MANIFEST: Manifest = {
  recording: "re_1",
  started_at: 0,
  duration_ms: 10_000,
  state: "finished",
  about: {},
  tracks: [],
};

const JOINED = { at_ms: 0, kind: "joined", participant: "pa_1", identity: "ada", name: "Ada" };
const SCREEN = { at_ms: 10, kind: "published", track: "tr_1", participant: "pa_1", source: "screen" };
const MARK = { participant: "pa_1", mark: "m1", tool: "pen", color: "#000000", width: 0.1, points: [0, 0] };
const DRAWN = { at_ms: 20, kind: "draw", track: "tr_1", ...MARK };

function at(atMs: number, ...lines: object[]) {
  const journal = readJournal(lines.map((line) => JSON.stringify(line)).join("\n"));
  return new Seekable(meetingLines(MANIFEST, journal), MEETING_RULES).at(atMs);
}

function marks(...lines: object[]) {
  return [
    ...(at(1_000, JOINED, SCREEN, DRAWN, ...lines)
      .tracks.get("tr_1")
      ?.marks.values() ?? []),
  ].map(({ id }) => id);
}

describe("people", () => {
  test("come, are renamed, raise their hands and go", () => {
    const lines = [
      JOINED,
      { at_ms: 5, kind: "renamed", participant: "pa_1", name: "Ada L." },
      { at_ms: 6, kind: "hand", participant: "pa_1", raised: true },
      { at_ms: 9, kind: "left", participant: "pa_1" },
    ];
    expect(at(8, ...lines).people.get("pa_1")).toMatchObject({ name: "Ada L.", hand: true });
    expect(at(9, ...lines).people.size).toBe(0);
  });

  test("take their tracks along", () => {
    expect(at(30, JOINED, SCREEN, { at_ms: 25, kind: "left", participant: "pa_1" }).tracks.size).toBe(0);
  });

  test("are known by their files where there is no journal", () => {
    const files = [{ name: "1.webm", codec: "VP8", offset_ms: 100, duration_ms: 900, bytes: 1 }];
    const whose = { participant: "pa_1", identity: "ada", name: "Ada" };
    const manifest: Manifest = {
      ...MANIFEST,
      tracks: [{ id: "tr_1", kind: "video", source: "camera", ...whose, files }],
    };
    const state = new Seekable(meetingLines(manifest, []), MEETING_RULES);
    expect(state.at(99).people.size).toBe(0);
    expect(state.at(100).people.get("pa_1")?.name).toBe("Ada");
    expect(state.at(100).tracks.get("tr_1")?.source).toBe("camera");
  });
});

describe("marks", () => {
  test("that faded are forgotten with the next", () => {
    const line = (at_ms: number, mark: string) => ({ ...DRAWN, at_ms, mark, fade_ms: 100, done: true });
    expect(marks(line(30, "f1"), line(129, "f2"))).toEqual(["m1", "f1", "f2"]);
    expect(marks(line(30, "f1"), line(129, "f2"), line(130, "f3"))).toEqual(["m1", "f2", "f3"]);
  });

  test.each([
    [[], ["m1"]],
    [[{ at_ms: 30, kind: "erase", track: "tr_1", participant: "pa_1", mark: "m1" }], []],
    [[{ at_ms: 30, kind: "clear", track: "tr_1", scope: "own", participant: "pa_2" }], ["m1"]],
    [[{ at_ms: 30, kind: "clear", track: "tr_1", scope: "own", participant: "pa_1" }], []],
    [[{ at_ms: 30, kind: "clear", track: "tr_1", scope: "all" }], []],
    [[{ at_ms: 30, kind: "marks", track: "tr_1", marks: [{ ...MARK, mark: "m2" }] }], ["m2"]],
  ])("stand until they are taken away: %j", (then, expected) => {
    expect(marks(...then)).toEqual(expected);
  });

  test("that fade say when on the recording's clock", () => {
    const fading = { ...DRAWN, fade_ms: 3_000, done: true };
    const track = at(1_000, JOINED, SCREEN, fading).tracks.get("tr_1");
    expect([...(track?.marks.values() ?? [])][0]?.endsAt).toBe(3_020);
  });
});

test("a journal is read past what is no line of it, in the order of time", () => {
  const text = [
    '{"at_ms":5,"kind":"left"}',
    "[]",
    "{",
    '{"at_ms":"1","kind":"x"}',
    '{"at_ms":2,"kind":"joined"}',
    '{"at_',
  ];
  expect(readJournal(text.join("\n")).map(({ kind }) => kind)).toEqual(["joined", "left"]);
});
