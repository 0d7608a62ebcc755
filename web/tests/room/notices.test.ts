import { expect, test } from "vitest";
import { Notices } from "../../src/room/notices";

test("what is told again stands there once and does what was meant last", () => {
  const notices = new Notices();
  const done: string[] = [];
  const watch = (which: string) => ({ label: "Watch", run: () => done.push(which) });
  const first = notices.tell("Recording saved", watch("the first"));
  expect(notices.tell("Recording saved", watch("the second"))).toBe(first);
  expect(notices.shown.value).toHaveLength(1);
  notices.shown.value[0]?.actions[0]?.run();
  expect(done).toEqual(["the second"]);
});
