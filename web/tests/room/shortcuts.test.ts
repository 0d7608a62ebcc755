import { describe, expect, test } from "vitest";
import { actOf, keyOf, SHORTCUTS } from "../../src/room/shortcuts";

const plain = { ctrlKey: false, metaKey: false, altKey: false, repeat: false, target: null };

describe("keys", () => {
  test.each(SHORTCUTS.map(({ key, act }) => [key, act] as const))("%s means %s", (key, act) => {
    expect(actOf({ ...plain, key })).toBe(act);
    expect(actOf({ ...plain, key: key.toUpperCase() })).toBe(act);
    expect(keyOf(act)).toBe(key.toUpperCase());
  });

  test.each(["ctrlKey", "metaKey", "altKey"] as const)("with %s a key is the browser's", (modifier) => {
    expect(actOf({ ...plain, key: "m", [modifier]: true })).toBeNull();
  });

  test("a key held down acts once", () => {
    expect(actOf({ ...plain, key: "m", repeat: true })).toBeNull();
  });

  test.each(["INPUT", "TEXTAREA", "SELECT"])("in a field of kind %s keys are letters", (tagName) => {
    const target = Object.assign(new EventTarget(), { tagName });
    expect(actOf({ ...plain, key: "m", target })).toBeNull();
  });

  test.each(["x", "Enter", "Tab", " ", "Escape"])("%j does nothing", (key) => {
    expect(actOf({ ...plain, key })).toBeNull();
  });

  test("no key means two things", () => {
    expect(new Set(SHORTCUTS.map(({ key }) => key)).size).toBe(SHORTCUTS.length);
  });
});
