import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SlotTable, slotsToAdd } from "../../src/client/slots";
import type { Paused, SlotState } from "../../src/client/types";

// The table only carries media; it never looks into it.
const media = {} as MediaStreamTrack;
const stream = {} as MediaStream;

function state(mid: string, track: string | null, paused: Paused | null = null): SlotState {
  return { mid, track, participant: track && `pa_of_${track}`, layer: null, paused };
}

function tableOf(...mids: string[]): SlotTable {
  const table = new SlotTable();
  for (const mid of mids) table.add(mid, "video", media, stream);
  return table;
}

describe("slot table", () => {
  test("a new slot is empty and has no seat", () => {
    const slot = tableOf("0").slots.get("0");
    expect(slot).toMatchObject({
      seat: 0,
      track: null,
      participant: null,
      paused: "no_source",
      element: null,
    });
  });

  test("a slot that is added again stays the same", () => {
    const table = tableOf("0");
    const [slot] = table.apply([state("0", "tr_1")]);
    expect(table.add("0", "video", media, stream)).toBe(slot);
    expect(slot?.track).toBe("tr_1");
  });

  test("an event fills the slots it names and returns only those", () => {
    const table = tableOf("0", "1");
    const changed = table.apply([state("1", "tr_1")]);
    expect(changed.map((slot) => slot.mid)).toEqual(["1"]);
    expect(table.slots.get("1")).toMatchObject({ track: "tr_1", participant: "pa_of_tr_1", paused: null });
    expect(table.slots.get("0")).toMatchObject({ track: null, paused: "no_source" });
  });

  test("a state that comes before its slot waits for it", () => {
    const table = new SlotTable();
    expect(table.apply([state("7", "tr_1")])).toEqual([]);
    expect(table.add("7", "audio", media, stream).track).toBe("tr_1");
  });

  test("the answer gives seats, and slots it leaves out are gone", () => {
    const table = tableOf("0", "1", "2");
    const refused = table.seat([
      { mid: "2", kind: "video", seat: 1 },
      { mid: "0", kind: "video", seat: 2 },
    ]);
    expect(refused.map((slot) => slot.mid)).toEqual(["1"]);
    expect(table.ofKind("video").map((slot) => slot.mid)).toEqual(["2", "0"]);
    expect(table.ofKind("audio")).toEqual([]);
  });

  test.each<[string, SlotState[], boolean]>([
    ["switching from a live picture", [state("0", "a"), state("0", "b", "switching")], true],
    [
      "switching twice in a row",
      [state("0", "a"), state("0", "b", "switching"), state("0", "c", "switching")],
      true,
    ],
    ["arrived after switching", [state("0", "a"), state("0", "b", "switching"), state("0", "b")], false],
    ["switching in an empty slot", [state("0", "a", "switching")], false],
    ["switching after a muted source", [state("0", "a", "muted"), state("0", "b", "switching")], false],
    ["switching back to the same track", [state("0", "a"), state("0", "a", "switching")], false],
    [
      "muted while switching",
      [state("0", "a"), state("0", "b", "switching"), state("0", "b", "muted")],
      false,
    ],
  ])("%s: the old picture stays = %s", (_, states, stale) => {
    const table = tableOf("0");
    for (const one of states) table.apply([one]);
    expect(table.slots.get("0")?.stale).toBe(stale);
  });

  test("after any events each slot says what the last event about it said", () => {
    const states = fc.record({
      mid: fc.constantFrom("0", "1", "2", "3"),
      track: fc.constantFrom(null, "a", "b"),
      paused: fc.constantFrom<(Paused | null)[]>(null, "muted", "switching", "no_source"),
    });
    fc.assert(
      fc.property(
        fc.array(fc.array(states, { maxLength: 4 }), { maxLength: 10 }),
        fc.nat(10),
        (events, at) => {
          const table = tableOf("0", "1");
          const last = new Map<string, SlotState>();
          events.forEach((event, index) => {
            // The others come into being somewhere in the middle.
            if (index === at) for (const mid of ["2", "3"]) table.add(mid, "video", media, stream);
            const full = event.map(({ mid, track, paused }) => state(mid, track, paused));
            for (const one of full) last.set(one.mid, one);
            table.apply(full);
          });
          for (const mid of ["2", "3"]) table.add(mid, "video", media, stream);
          for (const [mid, { track, participant, paused }] of last) {
            expect(table.slots.get(mid)).toMatchObject({ track, participant, paused });
          }
        },
      ),
    );
  });
});

describe("growth", () => {
  test.each([
    [0, 9, 25, 0],
    [9, 9, 25, 0],
    [10, 9, 25, 8],
    [17, 9, 25, 8],
    [18, 9, 25, 16],
    [18, 9, 20, 11],
    [100, 25, 25, 0],
    [30, 30, 25, 0],
    [30, 28, 25, 0],
    [3, 0, 25, 8],
    [3, 0, 0, 0],
  ])("%i tracks on %i slots with a limit of %i ask for %i more", (tracks, slots, limit, more) => {
    expect(slotsToAdd(tracks, slots, limit)).toBe(more);
  });

  test("growth reaches what is needed or the limit in one step", () => {
    const few = fc.nat(200);
    fc.assert(
      fc.property(few, few, few, (tracks, slots, limit) => {
        const after = slots + slotsToAdd(tracks, slots, limit);
        expect(after).toBeGreaterThanOrEqual(slots);
        expect(after).toBeGreaterThanOrEqual(Math.min(tracks, limit));
        expect(after).toBeLessThanOrEqual(Math.max(slots, limit));
      }),
    );
  });
});
