import { describe, expect, test } from "vitest";
import type { Participant } from "../../src/client";
import { Invitations, invitationLink, isForAnybody } from "../../src/room/invitation";

const address = { origin: "https://meet.example" };
const NOON = Date.UTC(2026, 0, 15, 12);
const DAY = 86_400_000;

test.each([
  ["weekly", "https://meet.example/r/weekly"],
  ["weekly sync", "https://meet.example/r/weekly%20sync"],
  ["a/b?c#d", "https://meet.example/r/a%2Fb%3Fc%23d"],
])("the address of %s holds the room and nothing of the person", (room, link) => {
  expect(invitationLink(address, room)).toBe(link);
});

function token(claims: object): string {
  return `${btoa("{}")}.${btoa(JSON.stringify(claims)).replaceAll("+", "-").replaceAll("/", "_")}.sign`;
}

test.each([
  [token({ link: true }), true],
  [token({ link: true, name: "~~~???~~~" }), true],
  [token({ sub: "ada" }), false],
  [token({ link: "yes" }), false],
  ["", false],
  ["a.b.c", false],
])("%s is for anybody: %s", (given, expected) => {
  expect(isForAnybody(given)).toBe(expected);
});

describe("whoever came", () => {
  function invitations(own: string | null, grants: Record<string, boolean> = {}) {
    const asked: string[] = [];
    const meeting = { me: { grants } as unknown as Participant, token: "fresh" };
    const made = new Invitations(address, "tea", own, meeting, async (room, fresh) => {
      asked.push(`${room} ${fresh}`);
      if (!grants.server) throw new Error("not today");
      return { url: `https://public.example/r/tea#token=${asked.length}`, expires_at: NOON + DAY };
    });
    return { made, asked };
  }

  test("without a token gives the address", async () => {
    expect(await invitations(null).made.make(NOON)).toEqual({ link: "https://meet.example/r/tea", note: "" });
  });

  test("by an invite link passes it on", async () => {
    const link = token({ link: true });
    expect(await invitations(link).made.make(NOON)).toEqual({
      link: `https://meet.example/r/tea#token=${link}`,
      note: "",
    });
  });

  test("as a host makes one link, and another when that is about to end", async () => {
    const { made, asked } = invitations(token({ sub: "ada" }), { moderate: true, server: true });
    const first = await made.make(NOON);
    expect(first.link).toBe("https://public.example/r/tea#token=1");
    expect(first.note).toMatch(/^Whoever has the link can enter until .*January 16/);
    expect(await made.make(NOON + 1)).toEqual(first);
    expect((await made.make(NOON + DAY - 1)).link).toBe("https://public.example/r/tea#token=2");
    expect(asked).toEqual(["tea fresh", "tea fresh"]);
  });

  test.each([
    ["with a token of their own", {}, 0],
    ["as a host whom the server refuses", { moderate: true }, 1],
  ])("%s gives the address and says that it may not be enough", async (_, grants, times) => {
    const { made, asked } = invitations(token({ sub: "ada" }), grants);
    expect(await made.make(NOON)).toEqual({
      link: "https://meet.example/r/tea",
      note: "Newcomers may need an invitation by a host to enter.",
    });
    expect(asked).toHaveLength(times);
  });
});
