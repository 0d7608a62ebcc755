import { describe, expect, test } from "vitest";
import { problemOf } from "../../src/client/media";
import {
  bothDevicesProblem,
  deviceProblem,
  endingOf,
  pausedWords,
  peopleWords,
  refusal,
} from "../../src/room/words";

describe("endings", () => {
  test.each([4400, 4401, 4403, 4404, 4408, 4409, 4410, 4413, 4423, 4429, 4503, 1000])(
    "close code %i has words of its own",
    (code) => {
      expect(endingOf(code)).not.toBe(endingOf(1006));
    },
  );

  test.each([1001, 1006, 1011, 4999])(
    "close code %i is a lost connection that may be tried again",
    (code) => {
      expect(endingOf(code)).toMatchObject({ title: "The connection was lost", again: "Try again" });
    },
  );

  test.each([4401, 4403, 4404, 4410])("after %i trying again is not offered", (code) => {
    expect(endingOf(code).again).toBeNull();
  });
});

describe("devices", () => {
  test.each([
    [new DOMException("", "NotAllowedError"), "denied"],
    [new DOMException("", "NotFoundError"), "missing"],
    [new DOMException("", "OverconstrainedError"), "missing"],
    [new DOMException("", "NotReadableError"), "busy"],
    [new TypeError("navigator.mediaDevices is undefined"), "insecure"],
    [new DOMException("", "InvalidStateError"), "failed"],
    ["anything", "failed"],
  ] as const)("%s means %s", (error, problem) => {
    expect(problemOf(error)).toBe(problem);
  });

  test("the sentence names the device and what it means for the others", () => {
    expect(deviceProblem("camera", "denied")).toMatch(/^Your camera may not be used.*do not see you\.$/);
    expect(deviceProblem("microphone", "missing")).toMatch(
      /^Your microphone was not found.*do not hear you\.$/,
    );
  });

  test.each(["denied", "insecure"] as const)("both devices %s are told in one sentence", (problem) => {
    expect(bothDevicesProblem(problem)).toMatch(
      /^Your camera and microphone may .*neither see nor hear you\.$/,
    );
  });

  test("a refused source is told apart from a failed one", () => {
    expect(refusal("camera", "forbidden")).toContain("only watch and listen");
    expect(refusal("camera", "too_large")).toContain("too_large");
  });
});

describe("tiles", () => {
  test.each([null, "muted", "hidden"] as const)("a picture that is %s needs no words", (paused) => {
    expect(pausedWords(paused, "camera")).toBe("");
    expect(pausedWords(paused, "screen")).toBe("");
  });

  test("a screen that is on its way says so; a face has its avatar", () => {
    expect(pausedWords("switching", "screen")).not.toBe("");
    expect(pausedWords("switching", "camera")).toBe("");
  });

  test.each(["bandwidth", "codec"] as const)("a picture missing for its %s says why", (paused) => {
    expect(pausedWords(paused, "camera")).not.toBe("");
  });
});

test("one person is not one people", () => {
  expect(peopleWords(1)).toBe("1 person");
  expect(peopleWords(2)).toBe("2 people");
});
