import { expect, test } from "vitest";
import { KeptPlace } from "../../src/client/kept_place";

class Store {
  private readonly items = new Map<string, string>();
  getItem = (key: string) => this.items.get(key) ?? null;
  setItem = (key: string, value: string) => void this.items.set(key, value);
  removeItem = (key: string) => void this.items.delete(key);
}

test("a place is found again once: a second tab with the same storage gets none", () => {
  const store = new Store();
  new KeptPlace(() => store, "wss://a/rtc", "weekly").keep("secret");
  expect(new KeptPlace(() => store, "wss://a/rtc", "weekly").take()).toBe("secret");
  expect(new KeptPlace(() => store, "wss://a/rtc", "weekly").take()).toBeNull();
});

test("the place in another room, or on another server, is another", () => {
  const store = new Store();
  new KeptPlace(() => store, "wss://a/rtc", "weekly").keep("secret");
  expect(new KeptPlace(() => store, "wss://a/rtc", "daily").take()).toBeNull();
  expect(new KeptPlace(() => store, "wss://b/rtc", "weekly").take()).toBeNull();
});

test("where storage is forbidden no place is kept, and nothing fails", () => {
  const place = new KeptPlace(
    () => {
      throw new Error("SecurityError");
    },
    "wss://a/rtc",
    "weekly",
  );
  place.keep("secret");
  expect(place.take()).toBeNull();
});
