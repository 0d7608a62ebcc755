import { expect, test } from "vitest";
import type { ChatMessage } from "../../src/client";
import { entriesOf, type Group, sameGroup } from "../../src/room/chat_entries";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

function message(from: string, minutes: number, to: string | null = null): ChatMessage {
  const key = `${from} ${minutes}`;
  const at = minutes * MINUTE;
  return { key, version: 1, from, name: from, to, text: "", at, state: "sent", problem: "" };
}

/** Entries in short: a group as its messages' keys. */
function short(messages: ChatMessage[], firstNew: string | null = null): unknown[] {
  return entriesOf(messages, (at) => String(Math.floor(at / DAY)), firstNew).map((entry) =>
    entry.kind === "group" ? entry.messages.map(({ key }) => key) : entry.kind,
  );
}

test("nothing said is nothing", () => {
  expect(short([])).toEqual([]);
});

test("messages of one author soon after each other are together", () => {
  const messages = [message("a", 0), message("a", 4), message("a", 8), message("a", 14), message("b", 15)];
  expect(short(messages)).toEqual(["day", ["a 0", "a 4", "a 8"], ["a 14"], ["b 15"]]);
});

test("whoever writes page after page is named again", () => {
  const messages = Array.from({ length: 45 }, (_, index) => message("a", index / 10));
  const sizes = short(messages).map((entry) => (Array.isArray(entry) ? entry.length : entry));
  expect(sizes).toEqual(["day", 20, 20, 5]);
});

test("what is for one person is not with what is for all", () => {
  const messages = [message("a", 0), message("a", 1, "b"), message("a", 2, "c"), message("a", 3)];
  expect(short(messages)).toEqual(["day", ["a 0"], ["a 1"], ["a 2"], ["a 3"]]);
});

test("a new day and what is new begin anew", () => {
  const midnight = DAY / MINUTE;
  const messages = [message("a", midnight - 1), message("a", midnight), message("a", midnight + 1)];
  expect(short(messages, `a ${midnight + 1}`)).toEqual([
    "day",
    [`a ${midnight - 1}`],
    "day",
    [`a ${midnight}`],
    "new",
    [`a ${midnight + 1}`],
  ]);
});

test("a group is the same until one of its messages is replaced", () => {
  const grouped = (messages: ChatMessage[]) => entriesOf(messages, () => "today", null)[1] as Group;
  const messages = [message("a", 0), message("a", 1)];
  expect(sameGroup(grouped(messages), grouped([...messages]))).toBe(true);
  expect(sameGroup(grouped(messages), grouped([...messages, message("a", 2)]))).toBe(false);
  expect(sameGroup(grouped(messages), grouped([message("a", 0), message("a", 1)]))).toBe(false);
});

test("every entry has a key of its own", () => {
  const messages = [message("a", 0), message("b", 1), message("a", 2), message("b", 2 * 1_440)];
  const keys = entriesOf(messages, (at) => String(Math.floor(at / DAY)), "b 1").map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
});
