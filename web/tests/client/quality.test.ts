import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judge, qualityWords } from "../../src/client/quality";
import { ReceptionReader, type Report } from "../../src/client/reception";

const fine = { loss: 0, rttMs: 40, jitterMs: 5, frozen: 0 };

describe("judgement", () => {
  test.each([
    ["a good network", fine, 5, ""],
    ["a percent of loss", { ...fine, loss: 0.01 }, 5, ""],
    ["a tenth lost", { ...fine, loss: 0.1 }, 4, ""],
    ["a fifth lost", { ...fine, loss: 0.2 }, 2, "loss"],
    ["half lost", { ...fine, loss: 0.5 }, 1, "loss"],
    ["the other side of the world", { ...fine, rttMs: 300 }, 5, ""],
    ["a satellite", { ...fine, rttMs: 1_200, jitterMs: 30 }, 2, "delay"],
    ["a picture that stood half of the time", { ...fine, frozen: 0.5 }, 3, "frozen"],
    ["a picture that stood", { ...fine, frozen: 1 }, 2, "frozen"],
  ])("%s", (_, reception, score, reason) => {
    expect(judge(reception)).toEqual({ score, reason });
  });

  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const ms = fc.double({ min: 0, max: 5_000, noNaN: true });
  const reception = fc.record({ loss: share, rttMs: ms, jitterMs: ms, frozen: share });

  test("is a whole number from 1 to 5, and says why it is low", () => {
    fc.assert(
      fc.property(reception, (one) => {
        const { score, reason } = judge(one);
        expect([1, 2, 3, 4, 5]).toContain(score);
        expect(qualityWords(reason) === "").toBe(score >= 4);
      }),
    );
  });

  test("never rises with loss", () => {
    fc.assert(
      fc.property(reception, share, (one, more) => {
        const lossier = { ...one, loss: Math.max(one.loss, more) };
        expect(judge(lossier).score).toBeLessThanOrEqual(judge(one).score);
      }),
    );
  });

  test("a reason of the server's that is not known here is told as it is", () => {
    expect(qualityWords("weather")).toContain("weather");
  });
});

describe("reception", () => {
  const pair: Report = {
    ...{ id: "P", type: "candidate-pair", timestamp: 0, nominated: true, state: "succeeded" },
    currentRoundTripTime: 0.05,
  };
  const inbound = (timestamp: number, packetsReceived: number, packetsLost: number, freezes = 0): Report => ({
    ...{ id: "I", type: "inbound-rtp", mid: "3", timestamp, packetsReceived, packetsLost },
    ...{ jitter: 0.01, totalFreezesDuration: freezes },
  });

  test("is the difference of two looks", () => {
    const reader = new ReceptionReader();
    expect(reader.read([pair, inbound(0, 100, 10)]).received.size).toBe(0);
    const { received } = reader.read([pair, inbound(2_000, 190, 20, 1)]);
    expect(received.get("3")).toEqual({ loss: 0.1, rttMs: 50, jitterMs: 10, frozen: 0.5 });
  });

  test("a slot in which nothing arrives is not judged", () => {
    const reader = new ReceptionReader();
    reader.read([inbound(0, 100, 10)]);
    expect(reader.read([inbound(2_000, 100, 10)]).received.size).toBe(0);
  });

  test("packets that came late after all are no negative loss", () => {
    const reader = new ReceptionReader();
    reader.read([inbound(0, 100, 10)]);
    expect(reader.read([inbound(2_000, 120, 5)]).received.get("3")?.loss).toBe(0);
  });

  test("of what we send the worst stream counts", () => {
    const remote = (id: string, fractionLost: number): Report => ({
      ...{ id, type: "remote-inbound-rtp", timestamp: 0, fractionLost, jitter: 0.002 },
    });
    const { sent } = new ReceptionReader().read([pair, remote("a", 0.02), remote("b", 0.2), remote("c", 0)]);
    expect(sent).toEqual({ loss: 0.2, rttMs: 50, jitterMs: 2, frozen: 0 });
    expect(new ReceptionReader().read([pair]).sent).toBeNull();
  });
});
