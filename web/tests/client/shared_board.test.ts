import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Change } from "../../src/client/board_elements";
import { BoardPeer, BoardServer } from "./board_server";
import { carry } from "./fake_peer";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const RECT: Change = {
  op: "put",
  id: "r",
  props: { type: "rect", z: "a0", box: [0, 0, 10, 10, 0], style: { color: "#000000", width: 4 } },
};

function enter(server: BoardServer, ...names: string[]) {
  const peers = names.map((name) => new BoardPeer(server, name));
  for (const peer of peers) peer.connect();
  carry(...peers);
  return peers.map(({ board }) => board) as [BoardPeer["board"], BoardPeer["board"]];
}

function settle(server: BoardServer): void {
  for (let round = 0; round < 40; round += 1) {
    carry(...server.peers);
    vi.advanceTimersByTime(400);
  }
}

function text(peer: { elements: ReadonlyMap<string, unknown> }): string {
  return JSON.stringify(
    [...peer.elements.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => sorted(one)),
  );
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

test("what one draws is shown at once and reaches the other", () => {
  const server = new BoardServer();
  const [ada, bo] = enter(server, "ada", "bo");
  ada.change([RECT]);
  expect(ada.elements.get("r")?.box).toEqual([0, 0, 10, 10, 0]);
  expect(ada.elements.get("r")?.page).toBe("p1");
  expect(ada.saved).toBe(false);
  settle(server);
  expect(ada.saved).toBe(true);
  expect(bo.elements.get("r")).toEqual(ada.elements.get("r"));
});

test("own values win until they are acknowledged, and then what the server has", () => {
  const server = new BoardServer();
  const [ada, bo] = enter(server, "ada", "bo");
  ada.change([RECT]);
  settle(server);
  bo.change([{ op: "put", id: "r", props: { box: [5, 0, 10, 10, 0] } }]);
  ada.change([{ op: "put", id: "r", props: { box: [9, 0, 10, 10, 0], style: { color: "#ff0000" } } }]);
  server.peers[1]?.step();
  server.peers[0]?.step();
  expect(ada.elements.get("r")?.box?.[0]).toBe(9);
  settle(server);
  expect(text(ada)).toBe(text(bo));
  expect(ada.elements.get("r")?.style).toEqual({ color: "#ff0000", width: 4 });
});

test("undo takes back one's own changes and leaves what others did", () => {
  const server = new BoardServer();
  const [ada, bo] = enter(server, "ada", "bo");
  ada.change([RECT]);
  ada.change([{ op: "put", id: "r", props: { box: [50, 0, 10, 10, 0], style: { color: "#ff0000" } } }]);
  settle(server);
  bo.change([{ op: "put", id: "r", props: { style: { color: "#00ff00" } } }]);
  settle(server);
  ada.undo();
  settle(server);
  expect(bo.elements.get("r")?.box?.[0]).toBe(0);
  expect(bo.elements.get("r")?.style?.color).toBe("#00ff00");
  ada.undo();
  settle(server);
  expect(bo.elements.has("r")).toBe(false);
  expect(ada.canUndo).toBe(false);
  ada.redo();
  ada.redo();
  settle(server);
  expect(bo.elements.get("r")?.box?.[0]).toBe(50);
  expect(text(ada)).toBe(text(bo));
});

test("undo passes over steps of which others left nothing", () => {
  const server = new BoardServer();
  const [ada, bo] = enter(server, "ada", "bo");
  ada.change([RECT]);
  ada.change([{ op: "put", id: "r", props: { text: "mine" } }]);
  settle(server);
  bo.change([{ op: "put", id: "r", props: { text: "theirs" } }]);
  settle(server);
  ada.undo();
  settle(server);
  expect(bo.elements.has("r")).toBe(false);
});

test("changes of one gesture are one step, however many there were", () => {
  const server = new BoardServer();
  const [ada] = enter(server, "ada");
  ada.change([RECT]);
  for (let x = 1; x <= 30; x += 1)
    ada.change([{ op: "put", id: "r", props: { box: [x, 0, 10, 10, 0] } }], "drag");
  ada.undo();
  expect(ada.elements.get("r")?.box?.[0]).toBe(0);
  settle(server);
  expect(server.elements.alive.get("r")?.box?.[0]).toBe(0);
});

test("a long drag is sent as few changes", () => {
  const server = new BoardServer();
  const [ada] = enter(server, "ada");
  ada.change([RECT]);
  settle(server);
  const before = server.stored.length;
  for (let x = 1; x <= 600; x += 1) {
    ada.change([{ op: "put", id: "r", props: { box: [x, 0, 10, 10, 0] } }], "drag");
    vi.advanceTimersByTime(16);
    carry(...server.peers);
  }
  settle(server);
  expect(server.elements.alive.get("r")?.box?.[0]).toBe(600);
  expect(server.stored.length - before).toBeLessThanOrEqual(122);
});

test("what was deleted comes back as it was, also with another's later view of it", () => {
  const server = new BoardServer();
  const [ada, bo] = enter(server, "ada", "bo");
  ada.change([RECT]);
  settle(server);
  ada.change([{ op: "delete", id: "r" }]);
  bo.change([{ op: "put", id: "r", props: { text: "late" } }]);
  settle(server);
  expect(bo.elements.has("r")).toBe(false);
  ada.undo();
  expect(ada.elements.get("r")?.box).toEqual([0, 0, 10, 10, 0]);
  settle(server);
  expect(text(bo)).toBe(text(ada));
});

test("a refused change is taken back and told", () => {
  const server = new BoardServer();
  const [ada] = enter(server, "ada");
  const codes: string[] = [];
  ada.on("refused", ({ code }) => codes.push(code));
  server.refusals.push("forbidden");
  ada.change([RECT]);
  settle(server);
  expect([codes, ada.elements.size, ada.saved]).toEqual([["forbidden"], 0, true]);
});

test("a deletion counts though what came after it in the same message did not", () => {
  const server = new BoardServer();
  const [ada, bo] = enter(server, "ada", "bo");
  ada.change([RECT]);
  ada.undo();
  ada.change([RECT]);
  settle(server);
  expect([server.elements.alive.size, ada.elements.size, bo.elements.size]).toEqual([0, 0, 0]);
});

test("an acknowledgement that does not say what became of a change has the board opened again", () => {
  const server = new BoardServer();
  const [ada] = enter(server, "ada");
  ada.change([RECT]);
  settle(server);
  ada.change([{ op: "delete", id: "r" }]);
  const peer = server.peers[0] as BoardPeer;
  peer.up();
  const ack = peer.down.pop() as { ignored?: unknown };
  delete ack.ignored;
  peer.push(ack as never);
  peer.hear();
  expect(ada.state).toBe("offline");
  settle(server);
  expect([ada.state, ada.elements.size, ada.saved]).toEqual(["open", 0, true]);
});

test("what such an acknowledgement was of is read, though the way breaks before it is", () => {
  const server = new BoardServer();
  const [ada, bo] = enter(server, "ada", "bo");
  const peer = server.peers[0] as BoardPeer;
  ada.change([RECT]);
  peer.up();
  const ack = peer.down.pop() as { ignored?: unknown };
  delete ack.ignored;
  peer.push(ack as never);
  peer.hear();
  peer.cut();
  peer.connect();
  settle(server);
  bo.change([{ op: "put", id: "r", props: { text: "there" } }]);
  settle(server);
  expect(ada.elements.get("r")?.text).toBe("there");
});

test("what had no effect is not shown, though the acknowledgement that says so is lost", () => {
  const server = new BoardServer();
  const [ada, bo] = enter(server, "ada", "bo");
  ada.change([RECT]);
  settle(server);
  bo.change([{ op: "delete", id: "r" }]);
  settle(server);
  const late = new BoardPeer(server, "late");
  late.connect();
  settle(server);
  // Whoever came later does not know that it was deleted.
  late.board.change([RECT]);
  late.up();
  late.cut();
  late.connect();
  settle(server);
  expect([late.board.saved, late.board.elements.size]).toEqual([true, 0]);
});

test("many changes go in messages that fit", () => {
  const server = new BoardServer();
  const peer = new BoardPeer(server, "ada", 4_096);
  peer.connect();
  carry(peer);
  const changes = Array.from({ length: 100 }, (_, at): Change => {
    return { op: "put", id: `e${at}`, props: { type: "text", z: "a0", text: "é".repeat(60) } };
  });
  peer.board.change(changes);
  const sizes: number[] = [];
  for (let round = 0; round < 40; round += 1) {
    for (const { data } of peer.socket.sent)
      sizes.push(new TextEncoder().encode(JSON.stringify(data)).length);
    settle(server);
  }
  expect(server.elements.alive.size).toBe(100);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(4_096);
});

test("what is drawn without a connection is kept and sent later", () => {
  const server = new BoardServer();
  const [ada, bo] = enter(server, "ada", "bo");
  server.peers[0]?.cut();
  expect(ada.state).toBe("offline");
  ada.change([RECT]);
  bo.change([{ op: "put", id: "s", props: { type: "ellipse", z: "a1" } }]);
  settle(server);
  expect([ada.elements.size, bo.elements.size]).toEqual([1, 1]);
  server.peers[0]?.connect();
  settle(server);
  expect(text(ada)).toBe(text(bo));
  expect(ada.elements.size).toBe(2);
});

test("what waited is sent once when the way is back", () => {
  const server = new BoardServer();
  const [ada] = enter(server, "ada");
  const peer = server.peers[0] as BoardPeer;
  peer.cut();
  ada.change([RECT]);
  peer.connect();
  peer.up();
  peer.hear();
  expect(peer.socket.sent.map(({ data }) => [data.t, data.seq])).toEqual([["submit", 1]]);
});

test("pages are added, named, ordered and deleted, and the elements on them stay", () => {
  const server = new BoardServer();
  const [ada, bo] = enter(server, "ada", "bo");
  ada.change([
    { op: "page", id: "p2", title: "Second", z: "a1" },
    { ...RECT, props: { ...RECT.props, page: "p2" } } as Change,
  ]);
  expect(ada.pages.map(({ id }) => id)).toEqual(["p1", "p2"]);
  settle(server);
  bo.change([{ op: "page", id: "p2", title: "Named" }]);
  bo.change([{ op: "page", id: "p1", deleted: true }]);
  settle(server);
  expect(ada.pages).toEqual([{ id: "p2", title: "Named", z: "a1" }]);
  expect(ada.elements.get("r")?.page).toBe("p2");
  expect(ada.deletedPages.map(({ id }) => id)).toEqual(["p1"]);
  ada.change([{ op: "page", id: "p1", deleted: false }]);
  settle(server);
  expect(bo.pages.map(({ id }) => id)).toEqual(["p1", "p2"]);
  expect(bo.deletedPages).toEqual([]);
});

const change = fc.record({
  id: fc.constantFrom("a", "b", "c"),
  what: fc.constantFrom("put", "put", "style", "delete", "undo", "redo"),
  value: fc.nat(99),
});
const act = fc.record({
  who: fc.nat(2),
  what: fc.constantFrom(
    "change",
    "change",
    "change",
    "step",
    "step",
    "step",
    "cut",
    "connect",
    "refuse",
    "wait",
  ),
  change,
});

test("however the ways are cut, in the end everybody sees what the server has", () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 100 }), (acts) => {
      vi.clearAllTimers();
      const server = new BoardServer();
      const boards = enter(server, "ada", "bo", "cy") as unknown as BoardPeer["board"][];
      for (const { who, what, change: made } of acts) {
        const [board, peer] = [boards[who], server.peers[who]];
        if (!board || !peer) continue;
        if (what === "change") perform(board, made);
        else if (what === "step") peer.step();
        else if (what === "cut") peer.cut();
        else if (what === "connect" && !peer.socket.isUp) peer.connect();
        else if (what === "refuse") server.refusals.push("rate_limited");
        else vi.advanceTimersByTime(500);
      }
      for (const peer of server.peers) if (!peer.socket.isUp) peer.connect();
      settle(server);
      const truth = text({ elements: server.elements.alive });
      for (const board of boards) {
        expect(board.saved).toBe(true);
        expect(text(board)).toBe(truth);
      }
    }),
    { numRuns: 1_000 },
  );
});

function perform(
  board: BoardPeer["board"],
  { id, what, value }: { id: string; what: string; value: number },
): void {
  if (what === "undo") board.undo();
  else if (what === "redo") board.redo();
  else if (what === "delete") board.change([{ op: "delete", id }]);
  else if (what === "style") {
    if (board.elements.has(id)) board.change([{ op: "put", id, props: { style: { width: value } } }]);
  } else board.change([{ op: "put", id, props: { type: "rect", z: "a0", box: [value, 0, 1, 1, 0] } }]);
}
