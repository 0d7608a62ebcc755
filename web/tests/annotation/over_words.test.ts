import { expect, test } from "vitest";
import { deniedWords, endedWords, leftWords, revokedWords } from "../../src/annotation/over_words";

test.each([
  [-5_000, "0 s"],
  [400, "1 s"],
  [59_400, "60 s"],
  [60_000, "60 s"],
  [61_000, "1 min"],
  // A clock that is half a second off makes no minute more of it.
  [900_500, "15 min"],
  [3_600_000, "60 min"],
])("%i ms left are %s", (left, words) => {
  expect(leftWords(left)).toBe(words);
});

test("every end of control says who ended it", () => {
  expect(revokedWords("Bo", "revoked", "sharer")).toBe("Bo took control back.");
  expect(revokedWords("Bo", "revoked", "holder")).toBe("You gave control back.");
  expect(revokedWords("Bo", "revoked", { name: "Cleo" })).toBe("Cleo ended your control of the screen.");
  expect(revokedWords("Bo", "expired", "sharer")).toContain("time");
  expect(endedWords("Ada", "revoked", "holder")).toContain("Ada gave control");
  expect(endedWords("Ada", "revoked", { name: "Cleo" })).toContain("Cleo ended Ada’s control");
  expect(endedWords("Ada", "revoked", "sharer")).not.toContain("gave");
  expect(endedWords("Ada", "left", "sharer")).toBe("Ada does not control your screen any more.");
  expect(deniedWords("Bo", "timeout")).toBe("Bo did not answer.");
});
