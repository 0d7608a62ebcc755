import { expect, test } from "vitest";
import { SpeakerHold } from "../../src/room/speaker_hold";

test("the first to speak takes the stage at once", () => {
  expect(new SpeakerHold().observe("ada", 0)).toBe("ada");
});

test("silence leaves the stage as it is", () => {
  const hold = new SpeakerHold();
  hold.observe("ada", 0);
  expect(hold.observe(null, 60_000)).toBe("ada");
});

test("a cough does not take the stage, somebody who goes on speaking does", () => {
  const hold = new SpeakerHold();
  hold.observe("ada", 0);
  expect(hold.observe("bob", 10_000)).toBe("ada");
  expect(hold.observe("ada", 10_300)).toBe("ada");
  expect(hold.observe("bob", 10_600)).toBe("ada");
  expect(hold.observe("bob", 11_400)).toBe("bob");
});

test("the stage does not change faster than one can look", () => {
  const hold = new SpeakerHold();
  hold.observe("ada", 0);
  hold.observe("bob", 100);
  expect(hold.observe("bob", 1_500)).toBe("ada");
  expect(hold.observe("bob", 2_000)).toBe("bob");
});

test("whoever left frees the stage for the next", () => {
  const hold = new SpeakerHold();
  hold.observe("ada", 0);
  hold.forget("ada");
  expect(hold.current).toBeNull();
  expect(hold.observe("bob", 10)).toBe("bob");
});
