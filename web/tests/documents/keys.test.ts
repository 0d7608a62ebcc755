import { expect, test } from "vitest";
import { keyName } from "../../src/documents/keys";

const bare = { shiftKey: false, altKey: false };

test.each([
  ["on an American keyboard", { ...bare, key: "z", code: "KeyZ" }, "KeyZ"],
  ["on a German one, where Z stands in place of Y", { ...bare, key: "z", code: "KeyY" }, "KeyZ"],
  ["and Y in place of Z", { ...bare, key: "y", code: "KeyZ" }, "KeyY"],
  ["on a French one, where Z stands in place of W", { ...bare, key: "z", code: "KeyW" }, "KeyZ"],
  ["on a Russian one", { ...bare, key: "я", code: "KeyZ" }, "KeyZ"],
  ["with Shift", { ...bare, shiftKey: true, key: "Z", code: "KeyY" }, "shift KeyZ"],
  [
    "with Alt on a Mac, which writes something else",
    { ...bare, altKey: true, key: "µ", code: "KeyM" },
    "alt KeyM",
  ],
  [
    "a digit, whatever Shift makes of it",
    { ...bare, shiftKey: true, key: "/", code: "Digit7" },
    "shift Digit7",
  ],
])("a key %s has the name of what it does", (_, event, name) => {
  expect(keyName(event)).toBe(name);
});
