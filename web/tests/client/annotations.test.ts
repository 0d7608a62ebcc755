import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Annotations, type DrawnMark } from "../../src/client/annotations";
import { AnnotatedRoom } from "./annotated_room";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function start() {
  const room = new AnnotatedRoom();
  const annotations = new Annotations(room);
  room.connect();
  const hear = (message: object) => room.channel("annotations").receive(message);
  const sent = (t: string) => room.sent("annotations").filter((message) => message.t === t);
  const [open] = sent("open");
  hear({ t: "snapshot", re: open?.id, tracks: [{ track: "tr_bo", allowed: "all", marks: [] }] });
  const shown = (track: string) =>
    [...annotations.marks(track)].map(({ participant, id }) => `${participant} ${id}`);
  return { room, annotations, hear, sent, shown };
}

function line(id: string, change: Partial<DrawnMark> = {}): DrawnMark {
  return {
    ...{ id, tool: "pen", color: "#e5342b", width: 0.006, points: [0.1, 0.2, 0.3, 0.4], text: "" },
    ...{ fadeMs: null, done: true },
    ...change,
  };
}

const THEIRS = { t: "draw", track: "tr_bo", participant: "pa_bo", mark: "b", tool: "pen", color: "#000000" };

test("what grows is sent now and then, whole, and at once when it is done", () => {
  const { annotations, sent } = start();
  for (let count = 1; count <= 10; count += 1) {
    const points = Array.from({ length: 2 * count }, (_, at) => at / 20);
    annotations.draw("tr_bo", line("a", { points, done: false }));
    vi.advanceTimersByTime(15);
  }
  const growing = sent("draw");
  expect(growing.length).toBeGreaterThanOrEqual(3);
  expect(growing.length).toBeLessThanOrEqual(4);
  annotations.draw("tr_bo", line("a"));
  expect(sent("draw").at(-1)).toMatchObject({ mark: "a", done: true, points: [0.1, 0.2, 0.3, 0.4] });
  vi.advanceTimersByTime(1_000);
  expect(sent("draw").length).toBe(growing.length + 1);
});

test("who listens finds what can be undone as it is then", () => {
  const { annotations } = start();
  const found: boolean[] = [];
  annotations.on("changed", () => found.push(annotations.canUndo("tr_bo")));
  annotations.draw("tr_bo", line("a"));
  annotations.undo("tr_bo");
  expect(found).toEqual([true, false]);
});

test("undo takes back our own marks, the newest first, and never those of others", () => {
  const { annotations, hear, sent, shown } = start();
  for (const id of ["one", "two"]) annotations.draw("tr_bo", line(id));
  hear({ ...THEIRS, width: 0.01, points: [0, 0] });
  annotations.undo("tr_bo");
  annotations.undo("tr_bo");
  expect(annotations.canUndo("tr_bo")).toBe(false);
  annotations.undo("tr_bo");
  expect(shown("tr_bo")).toEqual(["pa_bo b"]);
  expect(sent("erase").map(({ mark }) => mark)).toEqual(["two", "one"]);
});

test("who clears all sees none at once, and all again where it is refused", () => {
  const { annotations, hear, sent, shown } = start();
  annotations.draw("tr_bo", line("a"));
  hear({ ...THEIRS, width: 0.01, points: [0, 0] });
  annotations.clear("tr_bo", "all");
  expect(shown("tr_bo")).toEqual([]);
  hear({ t: "error", re: sent("clear").at(-1)?.id, code: "forbidden" });
  expect(sent("open").length).toBe(2);
});

test("what fades is gone when its time is over, here and there", () => {
  const { annotations, hear, shown } = start();
  annotations.draw("tr_bo", line("a", { fadeMs: 5_000 }));
  hear({ ...THEIRS, width: 0.01, points: [0, 0], fade_ms: 1_000, done: false });
  vi.advanceTimersByTime(2_000);
  // It fades from the moment it is done.
  expect(shown("tr_bo")).toEqual(["pa_ada a", "pa_bo b"]);
  hear({ ...THEIRS, width: 0.01, points: [0, 0], fade_ms: 1_000, done: true });
  vi.advanceTimersByTime(1_001);
  expect(shown("tr_bo")).toEqual(["pa_ada a"]);
  vi.advanceTimersByTime(2_000);
  expect(shown("tr_bo")).toEqual([]);
  expect(annotations.canUndo("tr_bo")).toBe(false);
});

test("a mark the server refuses is gone, and why is told", () => {
  const { annotations, hear, sent, shown } = start();
  const told: unknown[] = [];
  annotations.on("refused", (event) => told.push(event));
  annotations.draw("tr_bo", line("a"));
  hear({ t: "error", re: sent("draw")[0]?.id, code: "forbidden" });
  expect(shown("tr_bo")).toEqual([]);
  expect(told).toEqual([{ track: "tr_bo", code: "forbidden" }]);
  expect(annotations.canUndo("tr_bo")).toBe(false);
});

test("what came too fast goes again when it may", () => {
  const { annotations, hear, sent, shown } = start();
  annotations.draw("tr_bo", line("a"));
  hear({ t: "error", re: sent("draw")[0]?.id, code: "rate_limited", retry_ms: 300 });
  expect(shown("tr_bo")).toEqual(["pa_ada a"]);
  vi.advanceTimersByTime(301);
  expect(sent("draw").map(({ mark }) => mark)).toEqual(["a", "a"]);
});

test("after an outage the server's marks are here, and what was drawn meanwhile is sent", () => {
  const { room, annotations, hear, shown } = start();
  annotations.draw("tr_bo", line("before"));
  hear({ ...THEIRS, width: 0.01, points: [0, 0] });
  room.disconnect();
  annotations.draw("tr_bo", line("meanwhile"));
  room.connect();
  const again = room.sent("annotations");
  expect(again.map(({ t }) => t)).toEqual(["open"]);
  const kept = { mark: "before", participant: "pa_ada", ...line("before"), fade_ms: null };
  room.channel("annotations").receive({
    t: "snapshot",
    re: again[0]?.id,
    tracks: [{ track: "tr_bo", allowed: "all", marks: [kept] }],
  });
  expect(shown("tr_bo")).toEqual(["pa_ada before", "pa_ada meanwhile"]);
  expect(again.at(-1)).toMatchObject({ t: "draw", mark: "meanwhile" });
  annotations.undo("tr_bo");
  annotations.undo("tr_bo");
  expect(shown("tr_bo")).toEqual([]);
});

test("marks of ours that a snapshot had no room for follow it, and can be taken back", () => {
  const { room, annotations, hear, sent, shown } = start();
  const mark = { tool: "pen", color: "#e5342b", width: 0.006, points: [0.1, 0.2], done: true };
  annotations.draw("tr_bo", line("a"));
  annotations.draw("tr_bo", line("b"));
  room.disconnect();
  room.connect();
  const marks = [{ ...mark, mark: "a", participant: "pa_ada" }];
  hear({ t: "snapshot", re: sent("open").at(-1)?.id, tracks: [{ track: "tr_bo", allowed: "all", marks }] });
  hear({ ...mark, t: "draw", track: "tr_bo", mark: "b", participant: "pa_ada" });
  expect(shown("tr_bo")).toEqual(["pa_ada a", "pa_ada b"]);
  // What is here is newer than what comes back.
  annotations.draw("tr_bo", line("b", { color: "#000000" }));
  hear({ ...mark, t: "draw", track: "tr_bo", mark: "b", participant: "pa_ada" });
  expect([...annotations.marks("tr_bo")].map(({ color }) => color)).toEqual(["#e5342b", "#000000"]);
  annotations.undo("tr_bo");
  expect(shown("tr_bo")).toEqual(["pa_ada a"]);
});

test("all marks go by who shares the picture, their own by who drew them", () => {
  const { annotations, hear, shown } = start();
  annotations.draw("tr_bo", line("a"));
  hear({ ...THEIRS, width: 0.01, points: [0, 0] });
  hear({ t: "clear", track: "tr_bo", scope: "own", participant: "pa_bo" });
  expect(shown("tr_bo")).toEqual(["pa_ada a"]);
  hear({ t: "clear", track: "tr_bo", scope: "all", participant: "pa_bo" });
  expect(shown("tr_bo")).toEqual([]);
  expect(annotations.canUndo("tr_bo")).toBe(false);
});

test.each([
  ["all", true],
  ["none", false],
  [["pa_ada"], true],
  [["pa_cy"], false],
] as const)("where %s may draw, we may: %s; on our own picture always", (who, may) => {
  const { annotations, hear } = start();
  hear({ t: "allow", track: "tr_bo", who });
  hear({ t: "allow", track: "tr_own", who });
  expect(annotations.mayDraw("tr_bo")).toBe(may);
  expect(annotations.mayDraw("tr_own")).toBe(true);
});

test.each([
  ["another tool", { tool: "spray" }],
  ["no colour", { color: 3 }],
  ["points that are none", { points: [0, "x"] }],
  ["no name", { mark: 7 }],
])("a mark with %s is not shown", (_, change) => {
  const { hear, shown } = start();
  hear({ ...THEIRS, width: 0.01, points: [0, 0], ...change });
  expect(shown("tr_bo")).toEqual([]);
});

test("pointers are shown while they move, with who points; of tracks that are not there none is", () => {
  const { room, annotations } = start();
  const move = { t: "pointer", participant: "pa_bo", x: 0.5, y: 0.25, laser: true };
  room.channel("live").receive({ ...move, track: "tr_bo" });
  room.channel("live").receive({ ...move, track: "tr_gone" });
  expect([...annotations.pointers("tr_bo")]).toMatchObject([
    { participant: "pa_bo", x: 0.5, y: 0.25, laser: true },
  ]);
  expect([...annotations.pointers("tr_gone")]).toEqual([]);
  vi.advanceTimersByTime(4_001);
  expect([...annotations.pointers("tr_bo")]).toEqual([]);
});

test("marks end with their track, and timers with the meeting", () => {
  const { room, annotations, shown } = start();
  annotations.draw("tr_bo", line("a", { fadeMs: 5_000 }));
  room.end("tr_bo");
  expect(shown("tr_bo")).toEqual([]);
  annotations.draw("tr_own", line("b", { done: false }));
  room.events.emit("closed", { code: 1000, reason: "" });
  room.channels.close();
  room.live.close();
  expect(vi.getTimerCount()).toBe(0);
});
