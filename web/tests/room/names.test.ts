import fc from "fast-check";
import { expect, test } from "vitest";
import { AVATAR_COLOURS, avatarColour, initials, visibleName } from "../../src/room/names";

test.each([
  ["Ada Lovelace", "AL"],
  ["ada", "A"],
  ["  élan  vital ", "ÉV"],
  ["Jean-Luc Picard", "JP"],
  ["kim.lee@example.org", "KO"],
  ["😀 joy", "😀J"],
  ["", "?"],
  ["   ", "?"],
])("the initials of %j are %s", (name, letters) => {
  expect(initials(name)).toBe(letters);
});

test.each([
  ["evil\u202Etxt.exe", "evil txt.exe"],
  ["two\nlines\tand more", "two lines and more"],
  ["\u2066isolated\u2069", "isolated"],
  ["<b>Ada</b>", "<b>Ada</b>"],
  ["שלום", "שלום"],
])("%j is shown as %j", (name, shown) => {
  expect(visibleName(name)).toBe(shown);
});

test("a name of ten kilobytes is cut", () => {
  expect([...visibleName("ä".repeat(10_000))]).toHaveLength(60);
});

test("no name makes it fail, and none breaks a character in two", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), fc.string(), (name, identity) => {
      expect([...visibleName(name)].length).toBeLessThanOrEqual(60);
      expect(initials(name)).not.toBe("");
      expect(avatarColour(identity)).toBeLessThan(AVATAR_COLOURS);
      expect(avatarColour(identity)).toBe(avatarColour(identity));
    }),
  );
});
