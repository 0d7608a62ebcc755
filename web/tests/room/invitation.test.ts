import { expect, test } from "vitest";
import { invitationLink } from "../../src/room/invitation";

test.each([
  ["weekly", "https://meet.example/r/weekly"],
  ["weekly sync", "https://meet.example/r/weekly%20sync"],
  ["a/b?c#d", "https://meet.example/r/a%2Fb%3Fc%23d"],
])("the invitation to %s holds the room and nothing of the person", (room, link) => {
  expect(invitationLink({ origin: "https://meet.example" }, room)).toBe(link);
});
