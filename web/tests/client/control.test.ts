import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Control } from "../../src/client/control";
import { AnnotatedRoom } from "./annotated_room";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function start() {
  const room = new AnnotatedRoom();
  const control = new Control(room);
  room.connect();
  const told: unknown[] = [];
  for (const name of ["granted", "revoked", "denied", "refused"] as const)
    control.on(name, (event) => told.push([name, event]));
  const hear = (message: object) => room.channel("control").receive(message);
  const sent = (t: string) => room.sent("control").filter((message) => message.t === t);
  return { room, control, told, hear, sent };
}

const BOTH = ["pointer", "keyboard"] as const;
const GRANTED = { t: "granted", track: "tr_bo", participant: "pa_ada", scope: BOTH, expires_at: 9_000 };
const REQUESTED = { t: "requested", track: "tr_own", participant: "pa_bo", scope: BOTH };

test("who asks holds control once it is given, until it is taken back", () => {
  const { control, told, hear, sent } = start();
  control.request("tr_bo", BOTH);
  expect(control.isAsking("tr_bo")).toBe(true);
  expect(sent("request")).toMatchObject([{ track: "tr_bo", scope: BOTH }]);
  hear(GRANTED);
  expect(control.isAsking("tr_bo")).toBe(false);
  expect(control.holder("tr_bo")).toEqual({
    track: "tr_bo",
    participant: "pa_ada",
    scope: BOTH,
    expiresAt: 9_000,
  });
  control.input("tr_bo", { kind: "down", x: 0.5, y: 0.5, button: 0 });
  expect(sent("input")).toMatchObject([{ track: "tr_bo", kind: "down", x: 0.5, y: 0.5, button: 0 }]);
  hear({ t: "revoked", track: "tr_bo", participant: "pa_ada", reason: "revoked", by: "pa_bo" });
  expect(control.holder("tr_bo")).toBe(null);
  expect(told.at(-1)).toEqual([
    "revoked",
    { track: "tr_bo", participant: "pa_ada", reason: "revoked", by: "pa_bo" },
  ]);
});

test("an end that nobody in the meeting made has no name", () => {
  const { told, hear } = start();
  hear(GRANTED);
  hear({ t: "revoked", track: "tr_bo", participant: "pa_ada", reason: "expired" });
  expect(told.at(-1)).toMatchObject(["revoked", { reason: "expired", by: null }]);
});

test.each([
  ["denied", [["denied", { track: "tr_bo", reason: "denied" }]]],
  ["timeout", [["denied", { track: "tr_bo", reason: "timeout" }]]],
])("an answer of %s is told", (reason, expected) => {
  const { control, told, hear } = start();
  control.request("tr_bo", BOTH);
  hear({ t: "denied", track: "tr_bo", participant: "pa_ada", reason });
  expect(told).toEqual(expected);
  expect(control.isAsking("tr_bo")).toBe(false);
});

test("a question that nobody answers is over after half a minute", () => {
  const { control, told } = start();
  control.request("tr_bo", BOTH);
  vi.advanceTimersByTime(33_000);
  expect(told).toEqual([["denied", { track: "tr_bo", reason: "timeout" }]]);
});

test("who takes the question back is told nothing", () => {
  const { control, told, hear } = start();
  control.request("tr_bo", BOTH);
  control.revoke("tr_bo");
  hear({ t: "denied", track: "tr_bo", participant: "pa_ada", reason: "withdrawn" });
  expect(told).toEqual([]);
  expect(control.isAsking("tr_bo")).toBe(false);
});

test("a question the server refuses is over", () => {
  const { control, told, hear, sent } = start();
  control.request("tr_bo", BOTH);
  hear({ t: "error", re: sent("request")[0]?.id, code: "conflict" });
  expect(told).toEqual([["refused", { track: "tr_bo", code: "conflict" }]]);
  expect(control.isAsking("tr_bo")).toBe(false);
});

test("who is asked answers each once; what is over is asked no more", () => {
  const { control, hear, sent } = start();
  hear(REQUESTED);
  hear({ ...REQUESTED, participant: "pa_cy", scope: ["pointer"] });
  const [bo, cy] = control.requests;
  if (!bo || !cy) throw new Error("not asked");
  control.grant(bo, ["pointer"], 60_000);
  expect(sent("grant")).toMatchObject([
    { track: "tr_own", participant: "pa_bo", scope: ["pointer"], ttl_ms: 60_000 },
  ]);
  control.deny(cy);
  expect(sent("deny")).toMatchObject([{ track: "tr_own", participant: "pa_cy" }]);
  expect(control.requests).toEqual([]);
  hear(REQUESTED);
  hear({ t: "denied", track: "tr_own", participant: "pa_bo", reason: "withdrawn" });
  expect(control.requests).toEqual([]);
  hear(REQUESTED);
  vi.advanceTimersByTime(30_001);
  expect(control.requests).toEqual([]);
});

test("a code pairs an agent, which may wait while its owner works", async () => {
  const { control, hear, sent } = start();
  const code = control.pair("tr_own");
  hear({ t: "code", re: sent("agent")[0]?.id, track: "tr_own", code: "ABCDE-FGHJK", expires_at: 5 });
  expect(await code).toEqual({ code: "ABCDE-FGHJK", expiresAt: 5 });
  hear({ t: "agent", track: "tr_own", connected: true });
  expect(control.hasAgent("tr_own")).toBe(true);
  hear({ t: "paused", track: "tr_own", paused: true });
  expect(control.isPaused("tr_own")).toBe(true);
  hear({ t: "agent", track: "tr_own", connected: false });
  expect(control.hasAgent("tr_own")).toBe(false);
});

test("a code that cannot be had is refused with why", async () => {
  const { control, hear, sent } = start();
  const code = control.pair("tr_own");
  hear({ t: "error", re: sent("agent")[0]?.id, code: "conflict" });
  await expect(code).rejects.toMatchObject({ code: "conflict" });
});

test("an outage ends control here, and what stands is told anew", () => {
  const { room, control, told, hear } = start();
  hear(GRANTED);
  room.disconnect();
  expect(control.holder("tr_bo")).toBe(null);
  expect(told.at(-1)).toEqual([
    "revoked",
    { track: "tr_bo", participant: "pa_ada", reason: "ended", by: null },
  ]);
  room.connect();
  expect(room.sent("control")).toMatchObject([{ t: "open" }]);
  room.channel("control").receive({ ...GRANTED, participant: "pa_cy" });
  expect(control.holder("tr_bo")?.participant).toBe("pa_cy");
});

test("control ends with the track, and with who had it", () => {
  const { room, control, told, hear } = start();
  hear(GRANTED);
  room.end("tr_bo");
  expect(control.holder("tr_bo")).toBe(null);
  hear({ ...GRANTED, track: "tr_own", participant: "pa_bo" });
  room.events.emit("participant_left", { participant: "pa_bo", reason: "left" });
  expect(control.holder("tr_own")).toBe(null);
  expect(told.at(-1)).toEqual([
    "revoked",
    { track: "tr_own", participant: "pa_bo", reason: "left", by: null },
  ]);
});

test("after the end no timer is left", () => {
  const { room, control, hear } = start();
  control.request("tr_bo", BOTH);
  hear(REQUESTED);
  void control.pair("tr_own").catch(() => {});
  room.events.emit("closed", { code: 1000, reason: "" });
  room.channels.close();
  room.live.close();
  expect(vi.getTimerCount()).toBe(0);
});
