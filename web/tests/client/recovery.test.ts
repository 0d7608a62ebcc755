import { describe, expect, test } from "vitest";
import { Recovery, type Remedy } from "../../src/client/recovery";

/** The remedies of the next `ms` milliseconds, asked for whenever one is due. */
function remedies(recovery: Recovery, from: number, ms: number): Remedy[] {
  const given: Remedy[] = [];
  while (recovery.dueAt !== null && recovery.dueAt <= from + ms) {
    const remedy = recovery.remedy(recovery.dueAt);
    if (remedy) given.push(remedy);
  }
  return given;
}

function connected(): Recovery {
  const recovery = new Recovery();
  recovery.begin(0);
  recovery.note("connected", true, 100);
  return recovery;
}

describe("recovery", () => {
  test("a connection that works needs nothing", () => {
    const recovery = connected();
    expect(recovery.dueAt).toBeNull();
    expect(recovery.remedy(1e9)).toBeNull();
    expect(recovery.inTrouble).toBe(false);
  });

  test("a short disconnection heals by itself", () => {
    const recovery = connected();
    recovery.note("disconnected", false, 1_000);
    expect(recovery.remedy(1_100)).toBeNull();
    recovery.note("connected", true, 1_200);
    expect(recovery.dueAt).toBeNull();
  });

  test("ICE is started anew soon after a disconnection, once", () => {
    const recovery = connected();
    recovery.note("disconnected", false, 1_000);
    expect(recovery.remedy(1_500)).toBe("restart_ice");
    expect(recovery.remedy(1_600)).toBeNull();
    expect(recovery.inTrouble).toBe(true);
  });

  test("a failed path is acted on at once, and after two restarts the connection is made anew", () => {
    const recovery = connected();
    recovery.note("failed", false, 5_000);
    expect(recovery.dueAt).toBe(5_000);
    expect(remedies(recovery, 5_000, 30_000)).toEqual([
      "restart_ice",
      "restart_ice",
      "new_connection",
      "restart_ice",
    ]);
  });

  test("DTLS that failed over a living path needs a new connection", () => {
    const recovery = connected();
    recovery.note("failed", true, 5_000);
    expect(recovery.remedy(5_000)).toBe("new_connection");
  });

  test("a connection that never comes up is helped too", () => {
    const recovery = new Recovery();
    recovery.begin(0);
    expect(recovery.remedy(1_000)).toBeNull();
    expect(remedies(recovery, 0, 20_000)[0]).toBe("restart_ice");
  });

  test("when the network is back what is due later is due now; where nothing is wrong nothing is", () => {
    const recovery = connected();
    recovery.hurry(2_000);
    expect(recovery.dueAt).toBeNull();
    recovery.note("failed", false, 3_000);
    recovery.remedy(3_000);
    recovery.hurry(3_100);
    expect(recovery.remedy(3_100)).toBe("restart_ice");
  });

  test("trouble that is over is forgotten", () => {
    const recovery = connected();
    recovery.note("failed", false, 1_000);
    recovery.remedy(1_000);
    recovery.note("connected", true, 1_200);
    recovery.note("failed", false, 9_000);
    expect(remedies(recovery, 9_000, 0)).toEqual(["restart_ice"]);
  });
});
