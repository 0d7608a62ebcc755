import { describe, expect, test } from "vitest";
import { lengthWords, problemWords, startWords, stateWords } from "../../src/room/recording_words";

describe("a recording in words", () => {
  test.each([
    [900, "1 s"],
    [59_400, "59 s"],
    [60_000, "1 min"],
    [3_599_000, "59 min"],
    [3_600_000, "1 h 0 min"],
    [9_000_000, "2 h 30 min"],
  ])("%i ms last %s", (ms, words) => {
    expect(lengthWords(ms)).toBe(words);
  });

  test.each([
    [[], ""],
    [["clock_jump"], ""],
    [["disk_full", "disk_full", "queue_full"], "The disk was full, it has gaps"],
    [["of_the_future", "recorder_restarted"], "It has a short gap"],
  ])("what went wrong is said once: %o", (codes, words) => {
    expect(problemWords(codes.map((code) => ({ code })))).toBe(words);
  });

  test("when it began, and what it is now", () => {
    expect(startWords({ started_at: Date.UTC(2027, 0, 15, 12) }, "en-GB")).toMatch(/^15 Jan 2027, \d\d:00$/);
    expect(stateWords("finished")).toBe("");
    expect(stateWords("interrupted")).toBe("cut off");
  });
});
