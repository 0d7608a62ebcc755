import { expect, test } from "vitest";
import { Remembered, randomIdentity } from "../../src/page/remembered";

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
