import { expect, test } from "vitest";
import { Reachability } from "../../src/replay/reachability";
import { NotLoaded } from "../../src/replay/recording_files";

test("a problem is told until what was asked for can be had again, and nothing is asked too often", async () => {
  const answers: (string | null)[] = ["unauthorised", "unavailable", null, null];
  let [now, asked] = [0, 0];
  const ask = async () => {
    const code = answers[asked++];
    if (code) throw new NotLoaded(code);
  };
  const reachability = new Reachability(ask, () => now);
  const seen: (string | null)[] = [];
  for (; now <= 15_000; now += 2_500) {
    await reachability.doubt();
    seen.push(reachability.problem.value);
  }
  expect(asked).toBe(4);
  expect(seen).toEqual(["unauthorised", "unauthorised", "unavailable", "unavailable", null, null, null]);
  expect(reachability.againAt).toBe(10_000);
});
