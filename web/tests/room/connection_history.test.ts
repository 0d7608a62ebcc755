import { describe, expect, it } from "vitest";
import type { ServerStats, SlotStats } from "../../src/client";
import { axis, ConnectionHistory, linePath, SECONDS } from "../../src/room/connection_history";
import { pictureWords, rateWords, shareWords, whyWords } from "../../src/room/connection_words";

const SLOT: SlotStats = {
  mid: "1",
  track: "tr_a",
  rid: "h",
  spatial: null,
  temporal: 2,
  width: 640,
  height: 360,
  fps: 29.6,
  bitrate_bps: 480_400,
  loss: 0.02,
  target_bps: 500_000,
  reason: "view_size",
};

function stats(...slots: Partial<SlotStats>[]): ServerStats {
  return {
    estimate_bps: 2_000_000,
    rtt_ms: 30,
    slots: slots.map((slot) => ({ ...SLOT, ...slot })),
    tracks: [],
  };
}

describe("connection history", () => {
  it("adds up what arrives, and keeps the worst loss", () => {
    const history = new ConnectionHistory();
    history.add(
      stats({}, { mid: "2", bitrate_bps: 20_000, loss: 0.1 }, { mid: "3", bitrate_bps: 0, loss: 1 }),
    );
    expect([history.received, history.estimate, history.loss]).toEqual([[500_400], [2_000_000], [0.1]]);
  });

  it("has a gap where the server did not answer, and the numbers from before", () => {
    const history = new ConnectionHistory();
    history.add(stats({}));
    history.add(null);
    history.add(stats());
    expect(history.received).toEqual([480_400, null, 0]);
    expect(history.latest?.slots).toEqual([]);
  });

  it("remembers a minute of each picture, and none of slots that are gone", () => {
    const history = new ConnectionHistory();
    for (let second = 0; second < 2 * SECONDS; second += 1) history.add(stats({ height: second }));
    expect(history.pictures.get("1")).toHaveLength(SECONDS);
    expect(history.pictures.get("1")?.at(-1)).toBe(2 * SECONDS - 1);
    history.add(null);
    expect(history.pictures.get("1")?.at(-1)).toBe(null);
    history.add(stats({ mid: "2" }));
    expect([...history.pictures.keys()]).toEqual(["2"]);
  });
});

describe("plots", () => {
  it.each([
    [[], 100, 100],
    [[null, 99], 100, 100],
    [[101], 100, 200],
    [[420_000], 100, 500_000],
    [[700_000], 100, 1_000_000],
    [[0.07], 0.05, 0.1],
  ])("has an axis of round numbers for %j", (values, least, most) => {
    expect(axis(values, least)).toBeCloseTo(most);
  });

  it("draws a line that ends at the right, and leaves gaps", () => {
    expect(linePath([], 10, 20)).toBe("");
    expect(linePath([0, 5, null, 10, 99], 10, 20)).toBe("M55 20L56 10M58 0L59 0");
  });
});

describe("words", () => {
  it("tells rates and shares in few digits", () => {
    expect([0, 480_400, 1_250_000].map(rateWords)).toEqual(["0 kbit/s", "480 kbit/s", "1.3 Mbit/s"]);
    expect([0, 0.012, 0.2, 1].map(shareWords)).toEqual(["0 %", "1.2 %", "20 %", "100 %"]);
  });

  it("tells what is seen, as far as it is known", () => {
    expect(pictureWords(SLOT)).toBe("640 × 360, 30 fps, 480 kbit/s");
    expect(pictureWords({ ...SLOT, width: 0, fps: 0 })).toBe("480 kbit/s");
    expect(pictureWords({ ...SLOT, bitrate_bps: 0 })).toBe("");
  });

  it.each([
    "full",
    "view_size",
    "bandwidth",
    "priority",
    "no_layer",
    "switching",
    "muted",
    "codec",
    "hidden",
  ])("explains %s in words of its own", (reason) => {
    expect(whyWords(reason)).not.toBe(reason);
  });
});
