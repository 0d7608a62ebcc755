import Delta from "quill-delta";
import { describe, expect, test } from "vitest";
import type { Review, ReviewStatus } from "../../src/client/document";
import { agoWords, closedWords, refusedWords, standingWords } from "../../src/documents/document_words";
import { isAllowed, linkAddress } from "../../src/documents/link_address";
import { changedSince, isOverdue, verdictOf } from "../../src/documents/review_words";
import { rightsOf } from "../../src/documents/rights";
import { TEMPLATES } from "../../src/documents/templates";
import { codeOf } from "../../src/topics/attempt";

describe("where a document is stored", () => {
  test.each([
    ["opening", true, "Opening…"],
    ["open", true, "Saved"],
    ["open", false, "Saving…"],
    ["offline", true, "Offline"],
    ["offline", false, "Offline, not sent yet"],
    ["closed", true, "Closed"],
  ] as const)("%s, saved %s, is %j", (state, saved, words) => {
    expect(standingWords(state, saved)).toBe(words);
  });
});

describe("what went wrong", () => {
  test.each(["forbidden", "too_large", "conflict", "stale", "unavailable", "something new", ""])(
    "%j is a sentence",
    (code) => {
      expect(refusedWords(code)).toMatch(/^[A-Z].*\.$/);
      expect(closedWords(code)).toMatch(/^[A-Z].*\.$/);
    },
  );

  test.each([
    [{ code: "stale" }, "stale"],
    [new TypeError("Failed to fetch"), "unreachable"],
    [new Error("no"), ""],
    [null, ""],
    ["text", ""],
    [{ code: 3 }, ""],
  ])("%j has the code %j", (error, code) => {
    expect(codeOf(error)).toBe(code);
  });
});

describe("times", () => {
  const now = new Date(2026, 10, 23, 12, 0).getTime();
  test.each([
    [now + 5_000, "just now"],
    [now - 20_000, "just now"],
    [now - 5 * 60_000, "5 min ago"],
    [now - 3 * 3_600_000, "09:00"],
    [now - 26 * 3_600_000, "Nov 22, 10:00"],
    [new Date(2025, 0, 2, 8, 30).getTime(), "Jan 2, 2025, 08:30"],
  ])("%i is %j", (at, words) => {
    expect(agoWords(at, now, "en-US").replace(/ (AM|PM)/, "")).toBe(words);
  });
});

describe("links", () => {
  test.each([
    ["https://example.org/a?b#c", "https://example.org/a?b#c"],
    [" http://localhost:8080 ", "http://localhost:8080"],
    ["mailto:ada@example.org", "mailto:ada@example.org"],
    ["ada@example.org", "mailto:ada@example.org"],
    ["example.org", "https://example.org"],
    ["example.org/path?x=1", "https://example.org/path?x=1"],
    ["javascript:alert(1)", null],
    ["JaVaScRiPt:alert(1)", null],
    ["data:text/html,x", null],
    ["file:///etc/passwd", null],
    ["just words", null],
    ["", null],
  ])("%j leads to %j", (typed, address) => {
    expect(linkAddress(typed)).toBe(address);
    if (address !== null) expect(isAllowed(address)).toBe(true);
  });

  test.each(["/relative", "#here", "java\nscript:alert(1)", "ftp://a"])("%j is no address", (address) => {
    expect(isAllowed(address)).toBe(false);
  });
});

function review(status: ReviewStatus, fields: Partial<Review> = {}): Review {
  return {
    ...{ id: "r", reviewer: "bo", requestedBy: { identity: "ada", name: "Ada" }, note: "" },
    ...{ deadlineAt: null, version: 5, at: 10, completedAt: null },
    status,
    ...fields,
  };
}

describe("reviews", () => {
  test.each([
    ["approved", 5, false],
    ["approved", 6, true],
    ["changes_requested", 7, true],
    ["pending", 9, false],
  ] as const)("%s, now at version %i: changed since %s", (status, version, changed) => {
    expect(changedSince(review(status), version)).toBe(changed);
  });

  test.each([
    ["pending", 99, true],
    ["pending", 101, false],
    ["pending", null, false],
    ["approved", 99, false],
  ] as const)("%s until %s is overdue at 100: %s", (status, deadlineAt, late) => {
    expect(isOverdue(review(status, { deadlineAt }), 100)).toBe(late);
  });

  test("the newest of each reviewer counts, and the worst of those", () => {
    expect(verdictOf([])).toBeNull();
    const old = review("rejected", { at: 1 });
    const approved = review("approved", { at: 2 });
    expect(verdictOf([old, approved])).toBe("approved");
    expect(verdictOf([approved, old])).toBe("approved");
    expect(verdictOf([approved, review("pending", { reviewer: "cy" })])).toBe("pending");
    expect(verdictOf([approved, review("rejected", { reviewer: "cy" })])).toBe("rejected");
  });
});

describe("rights", () => {
  const all = { edit_documents: true, comment: true };
  test.each([
    [all, null, { edit: true, comment: true, moderate: false }],
    [all, "owner", { edit: true, comment: true, moderate: true }],
    [all, "editor", { edit: true, comment: true, moderate: false }],
    [all, "commenter", { edit: false, comment: true, moderate: false }],
    [all, "viewer", { edit: false, comment: false, moderate: false }],
    [{}, "editor", { edit: false, comment: false, moderate: false }],
    [{ ...all, moderate: true }, "viewer", { edit: false, comment: false, moderate: true }],
  ] as const)("%j as %s are %j", (grants, role, rights) => {
    expect(rightsOf(grants, role)).toEqual(rights);
  });
});

describe("templates", () => {
  test.each(TEMPLATES.map(({ name, ops }) => [name, ops] as const))("%s is a document", (_, ops) => {
    const content = new Delta([...(ops ?? [{ insert: "\n" }])]);
    expect(content.ops.every(({ insert }) => typeof insert === "string" && insert !== "")).toBe(true);
    expect(String(content.ops.at(-1)?.insert).endsWith("\n")).toBe(true);
  });
});
