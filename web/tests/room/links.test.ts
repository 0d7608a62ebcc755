import fc from "fast-check";
import { expect, test } from "vitest";
import { partsOf } from "../../src/room/links";

function linksIn(text: string): string[] {
  return partsOf(text)
    .filter(({ href }) => href !== null)
    .map(({ text: shown }) => shown);
}

test.each([
  ["see https://example.org/a?b=c#d now", "https://example.org/a?b=c#d"],
  ["http://localhost:8080/x", "http://localhost:8080/x"],
  ["www.example.org", "www.example.org"],
  ["HTTPS://EXAMPLE.ORG/A", "HTTPS://EXAMPLE.ORG/A"],
  ["(https://example.org/a_(b))", "https://example.org/a_(b)"],
  ["[https://example.org].", "https://example.org"],
  ["Is it https://example.org?", "https://example.org"],
  ["“https://example.org”, he said", "https://example.org"],
  ["https://example.org/ä/日本", "https://example.org/ä/日本"],
  ["http://[::1]:8080/", "http://[::1]:8080/"],
])("%s has a link", (text, link) => {
  expect(linksIn(text)).toEqual([link]);
});

test.each([
  "javascript:alert(1)",
  "data:text/html,x",
  "ftp://example.org",
  "https://",
  "http://nowhere",
  "xhttps://example.org",
  "me@www.example.org",
  "https://bank.example@evil.example",
  "plain words, 3.14 and e.g. this",
])("%s has none", (text) => {
  expect(linksIn(text)).toEqual([]);
});

test("an address does not go past a mark that turns the direction of text", () => {
  expect(linksIn("https://example.org/\u202Egro.live")).toEqual(["https://example.org/"]);
});

test.each([
  ["https://example.org/a_(b_(c))).", "https://example.org/a_(b_(c))"],
  ["https://example.org/[a](b)}])", "https://example.org/[a](b)"],
  ["https://example.org/".padEnd(4_000, ")]}"), "https://example.org/"],
])("brackets that nothing opened belong to the sentence: %s", (text, href) => {
  expect(linksIn(text)).toEqual([href]);
});

test("an address without a scheme opens over https", () => {
  expect(partsOf("www.example.org")[0]?.href).toBe("https://www.example.org/");
});

test("the parts are the text again, and links are only http and https", () => {
  const piece = fc.constantFrom(
    "https://",
    "www.",
    "example.org",
    "javascript:",
    "(",
    ")",
    ".",
    " ",
    "@",
    "\u202e",
    "/x",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 12 }), (pieces) => {
      const text = pieces.join("");
      const parts = partsOf(text);
      expect(parts.map((part) => part.text).join("")).toBe(text);
      for (const { href } of parts) expect(href ?? "https://").toMatch(/^https?:\/\//);
    }),
  );
});
