import { expect, test } from "vitest";
import { closedWords, dayWords, isEmoji, problemWords, typingWords } from "../../src/room/chat_words";

test.each([
  [[], ""],
  [["Ada"], "Ada is typing"],
  [["Ada", "Bo"], "Ada and Bo are typing"],
  [["Ada", "Bo", "Cy"], "3 people are typing"],
])("who types: %s", (names, words) => {
  expect(typingWords(names)).toBe(words);
});

test("days near today have names, others a date, with the year where it is another", () => {
  const now = new Date(2026, 10, 23, 0, 30).getTime();
  const day = (year: number, month: number, date: number) =>
    dayWords(new Date(year, month, date, 23, 59).getTime(), now, "en-GB");
  expect(day(2026, 10, 23)).toBe("Today");
  expect(day(2026, 10, 22)).toBe("Yesterday");
  expect(day(2026, 10, 2)).toMatch(/2 November$/);
  expect(day(2025, 10, 2)).toMatch(/2 November 2025$/);
});

test.each(["👍", "❤️", "👩‍👩‍👧‍👦", "🇸🇪", "👍🏽 🎉", "😂😂😂"])("%s is shown large", (text) => {
  expect(isEmoji(text)).toBe(true);
});

test.each(["", "a", "1", "👍 yes", "👍👍👍👍👍👍", "👍".repeat(500)])("%s is not", (text) => {
  expect(isEmoji(text)).toBe(false);
});

test("whatever goes wrong has words", () => {
  expect(problemWords("too_large")).toBe("it is too long");
  expect(problemWords("never heard of")).not.toBe("");
  expect(closedWords("")).toBe("");
  expect(closedWords("forbidden")).not.toBe("");
  expect(closedWords("not_found")).not.toBe("");
});
