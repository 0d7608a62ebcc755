import { expect, test } from "vitest";
import { COMMANDS, meaningOf, TOOLS } from "../../src/board/keys";

function press(key: string, modifiers = "", code = "") {
  return {
    key,
    code,
    ctrlKey: modifiers.includes("C"),
    metaKey: modifiers.includes("M"),
    altKey: modifiers.includes("A"),
    shiftKey: modifiers.includes("S"),
  };
}

test.each([
  ["p", "", { tool: "pen" }],
  ["Z", "CS", { command: "redo" }],
  ["z", "C", { command: "undo" }],
  ["z", "M", { command: "undo" }],
  ["Backspace", "", { command: "delete" }],
  ["g", "", { command: "grid" }],
  ["g", "C", { command: "group" }],
  ["G", "CS", { command: "ungroup" }],
  ["}", "CS", { command: "front" }],
  ["?", "S", { command: "help" }],
  ["n", "", { tool: "sticky" }],
  ["N", "S", { command: "next" }],
  ["p", "C", null],
  ["p", "A", null],
  ["x", "", null],
])("%s with %j means %o", (key, modifiers, meaning) => {
  expect(meaningOf(press(key, modifiers))).toEqual(meaning);
});

test.each([
  ["я", "KeyZ", { command: "undo" }],
  ["ω", "KeyV", null],
  ["z", "KeyY", { command: "undo" }],
  ["ö", "Semicolon", null],
])("%s at %s with Ctrl means %o", (key, code, meaning) => {
  expect(meaningOf(press(key, "C", code))).toEqual(meaning);
});

test("every tool can be taken by its key, and no key means two", () => {
  for (const { tool, key } of TOOLS) expect(meaningOf(press(key))).toEqual({ tool });
  expect(new Set(TOOLS.map(({ key }) => key)).size).toBe(TOOLS.length);
});

test("the sheet explains each command once", () => {
  const shown = COMMANDS.filter((one) => one.shown !== "");
  expect(new Set(shown.map((one) => one.shown)).size).toBe(shown.length);
  expect(new Set(shown.map(({ command }) => command))).toEqual(
    new Set(COMMANDS.map(({ command }) => command)),
  );
});
