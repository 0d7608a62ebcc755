import { expect, test } from "vitest";
import { DEFAULT_CHOICES, Remembered, randomIdentity, suggestedRoom } from "../../src/room/remembered";

class Store {
  private readonly items = new Map<string, string>();
  getItem = (key: string) => this.items.get(key) ?? null;
  setItem = (key: string, value: string) => void this.items.set(key, value);
}

test("the identity stays the same from page to page", () => {
  const store = new Store();
  const first = new Remembered(() => store, randomIdentity).identity;
  expect(new Remembered(() => store, randomIdentity).identity).toBe(first);
});

test("two browsers have two identities", () => {
  expect(new Remembered(() => new Store(), randomIdentity).identity).not.toBe(
    new Remembered(() => new Store(), randomIdentity).identity,
  );
});

test("where storage is forbidden the identity and name last as long as the page", () => {
  const forbidden = () => {
    throw new Error("SecurityError");
  };
  const remembered = new Remembered(forbidden, randomIdentity);
  remembered.name = "Ada";
  expect(remembered.identity).toBe(remembered.identity);
  expect(remembered.name).toBe("Ada");
});

function fresh(): Remembered {
  const store = new Store();
  return new Remembered(() => store, randomIdentity);
}

test("rooms entered lately come back, the last first and each once", () => {
  const remembered = fresh();
  for (const room of ["a", "b", "a", "c"]) remembered.entered(room);
  expect(remembered.recentRooms).toEqual(["c", "a", "b"]);
  remembered.forget("a");
  expect(remembered.recentRooms).toEqual(["c", "b"]);
});

test("only a few rooms are remembered", () => {
  const remembered = fresh();
  for (let index = 0; index < 20; index += 1) remembered.entered(`room ${index}`);
  expect(remembered.recentRooms).toHaveLength(6);
  expect(remembered.recentRooms[0]).toBe("room 19");
});

test("the choice of devices comes back", () => {
  const remembered = fresh();
  expect(remembered.choices).toEqual(DEFAULT_CHOICES);
  const choices = { camera: false, microphone: true, cameraId: "c", microphoneId: "m", speakerId: "s" };
  remembered.choices = choices;
  expect(remembered.choices).toEqual(choices);
});

test.each(["{", "null", "[]", '"text"', '{"camera": "no", "cameraId": 7, "rooms": {"a": 1}}'])(
  "what another version wrote (%s) reads as nothing",
  (text) => {
    const store = new Store();
    store.setItem("sfumato.devices", text);
    store.setItem("sfumato.rooms", text);
    const remembered = new Remembered(() => store, randomIdentity);
    expect(remembered.choices).toEqual(DEFAULT_CHOICES);
    expect(remembered.recentRooms).toEqual([]);
  },
);

test("single-key shortcuts can be turned off, and stay off", () => {
  const remembered = fresh();
  expect(remembered.shortcuts).toBe(true);
  remembered.shortcuts = false;
  expect(remembered.shortcuts).toBe(false);
});

test("a suggested room is easy to say and hard to guess", () => {
  expect(suggestedRoom(() => 0xdeadbeef)).toMatch(/^[a-z]+-[a-z]+-[0-9a-z]{6,7}$/);
});
