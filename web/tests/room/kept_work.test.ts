import { expect, test } from "vitest";
import type { Room } from "../../src/client";
import { KeptWork } from "../../src/room/kept_work";

class Store {
  readonly items = new Map<string, string>();
  getItem = (key: string) => this.items.get(key) ?? null;
  setItem = (key: string, value: string) => void this.items.set(key, value);
  removeItem = (key: string) => void this.items.delete(key);
}

const lists = { documents: [{ id: "do_1", title: "Notes" }], boards: [{ id: "bo_1", title: "Plan" }] };
const weekly = { id: "rm_1", name: "weekly", ...lists } as Room;

test.each([
  { kind: "document", id: "do_1" },
  { kind: "board", id: "bo_1" },
] as const)("a $kind stands there again, once", (work) => {
  const kept = new KeptWork(() => new Store());
  expect(kept.take(weekly)).toBeNull();
  const store = new Store();
  new KeptWork(() => store).keep("weekly", work);
  expect(new KeptWork(() => store).take(weekly)).toEqual(work);
  expect(new KeptWork(() => store).take(weekly)).toBeNull();
});

test("nothing stands there in another room, or when it is gone, or was closed", () => {
  const store = new Store();
  const kept = new KeptWork(() => store);
  kept.keep("daily", { kind: "document", id: "do_1" });
  expect(kept.take(weekly)).toBeNull();
  kept.keep("weekly", { kind: "document", id: "do_2" });
  expect(kept.take(weekly)).toBeNull();
  kept.keep("weekly", { kind: "document", id: "do_1" });
  kept.keep("weekly", null);
  expect([kept.take(weekly), store.items.size]).toEqual([null, 0]);
  for (const text of ["{", "3", '{"room":"weekly"}', '{"room":"weekly","kind":"film","id":"do_1"}']) {
    store.setItem("sfumato.work", text);
    expect(kept.take(weekly)).toBeNull();
  }
});

test("where storage is forbidden nothing is kept, and nothing fails", () => {
  const kept = new KeptWork(() => {
    throw new Error("SecurityError");
  });
  kept.keep("weekly", { kind: "document", id: "do_1" });
  expect(kept.take(weekly)).toBeNull();
});
