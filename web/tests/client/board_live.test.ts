import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { decode, encode } from "../../src/board/ink";
import { BoardLive } from "../../src/client/board_live";
import { Live } from "../../src/client/live";
import { BoardPeer, BoardServer } from "./board_server";
import { carry } from "./fake_peer";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function enter(server: BoardServer, name: string) {
  const peer = new BoardPeer(server, name);
  const live = new Live(peer.channels.link("live"));
  peer.connect();
  carry(peer);
  const board = new BoardLive(live, peer.board);
  const hear = (message: object, participant = "pa_other") =>
    peer.channels.hear("live", { ...message, participant });
  /** What went out on `live` since. */
  const sent = () => {
    vi.advanceTimersByTime(210);
    const all = peer.socket.sent.filter(({ label }) => label === "live").map(({ data }) => data);
    peer.socket.sent.length = 0;
    return all;
  };
  return { peer, board, hear, sent };
}

function line(count: number) {
  return Array.from({ length: count }, (_, x) => ({ x: x * 3, y: (x * x) % 50, pressure: 0.6 }));
}

test("a stroke that grows is sent by its last 64 points, and comes together on the other side", () => {
  const server = new BoardServer();
  const [ada, bo] = [enter(server, "ada"), enter(server, "bo")];
  const all = line(150);
  for (let count = 1; count <= 150; count += 10) {
    ada.board.draw({
      id: "s",
      page: "p1",
      style: { color: "#123456", width: 8 },
      points: encode(all.slice(0, count)),
    });
    for (const message of ada.sent()) {
      expect((message.points as number[]).length).toBeLessThanOrEqual(192);
      bo.hear(message);
    }
  }
  const [shown] = bo.board.strokes;
  expect(shown).toMatchObject({ participant: "pa_other", page: "p1", style: { color: "#123456", width: 8 } });
  expect(decode(shown?.points ?? [])).toEqual(decode(encode(all.slice(0, 141))));
  ada.board.close();
  bo.board.close();
});

test("messages that are lost, late or doubled leave no gap once a later one has come", () => {
  const server = new BoardServer();
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("come", "lost", "late", "twice"), { minLength: 5, maxLength: 20 }),
      (fates) => {
        const [ada, bo] = [enter(server, "ada"), enter(server, "bo")];
        const late: object[] = [];
        let count = 0;
        const send = (fate: string) => {
          count += 6;
          ada.board.draw({ id: "s", page: "p1", style: {}, points: encode(line(count)) });
          const [message = {}] = ada.sent();
          if (fate === "late") late.push(message);
          else if (fate !== "lost") bo.hear(message);
          if (fate === "twice") bo.hear(message);
        };
        for (const fate of fates) {
          // Of ten in a row one comes: so much the tail heals.
          send(fate);
          if (count % 54 === 0) send("come");
        }
        send("come");
        for (const message of late) bo.hear(message);
        expect(decode(bo.board.strokes[0]?.points ?? [])).toEqual(decode(encode(line(count))));
        ada.board.close();
        bo.board.close();
      },
    ),
    { numRuns: 30 },
  );
});

test("where more is lost than the tail has, the rest stands where it belongs", () => {
  const server = new BoardServer();
  const [ada, bo] = [enter(server, "ada"), enter(server, "bo")];
  const all = line(300);
  for (const [count, comes] of [
    [20, true],
    [200, true],
    [230, false],
    [260, true],
  ] as const) {
    ada.board.draw({ id: "s", page: "p1", style: {}, points: encode(all.slice(0, count)) });
    for (const message of ada.sent()) if (comes) bo.hear(message);
  }
  const points = [...all.slice(0, 20), ...all.slice(136, 260)];
  expect(decode(bo.board.strokes[0]?.points ?? [])).toEqual(decode(encode(points)));
  ada.board.close();
  bo.board.close();
});

test("a stroke that grows is gone once the element is there, or after five seconds", () => {
  const server = new BoardServer();
  const { peer, board, hear } = enter(server, "ada");
  const stroke = { t: "stroke", board: "b", from: 0, points: [0, 0, 9, 10, 10, 9] };
  hear({ ...stroke, element: "one" });
  hear({ ...stroke, element: "two" });
  expect(board.strokes.map(({ element }) => element)).toEqual(["one", "two"]);
  peer.board.change([{ op: "put", id: "one", props: { type: "stroke", z: "a0", points: [0, 0, 9] } }]);
  expect(board.strokes.map(({ element }) => element)).toEqual(["two"]);
  // One that comes too late shows nothing twice.
  hear({ ...stroke, element: "one" });
  vi.advanceTimersByTime(5_000);
  expect(board.strokes).toEqual([]);
  board.close();
});

test("once the pen is up the last points are said again, unless the stroke is undone", () => {
  const server = new BoardServer();
  const { peer, board, sent } = enter(server, "ada");
  const points = encode(line(3));
  const draw = (id: string) => {
    board.draw({ id, page: "p1", style: {}, points });
    peer.board.change([{ op: "put", id, props: { type: "stroke", z: "a0", points } }]);
    const [shown] = sent();
    board.lift(id);
    return shown;
  };
  const shown = draw("s");
  const again = sent();
  expect(again.length).toBeGreaterThan(0);
  for (const message of again) expect(message).toEqual(shown);
  draw("t");
  peer.board.undo();
  expect(sent()).toEqual([]);
  board.close();
});

test("a stroke that is taken back is gone, for nobody else to say", () => {
  const server = new BoardServer();
  const [ada, bo] = [enter(server, "ada"), enter(server, "bo")];
  ada.board.draw({ id: "s", page: "p1", style: {}, points: encode(line(3)) });
  for (const message of ada.sent()) bo.hear(message);
  bo.hear({ t: "stroke", board: "b", element: "s", from: 0, points: [] }, "pa_third");
  expect(bo.board.strokes).toHaveLength(1);
  ada.board.takeBack("s");
  for (const message of ada.sent()) bo.hear(message);
  expect(bo.board.strokes).toEqual([]);
  ada.board.close();
  bo.board.close();
});

test("pointers move, rest and go; viewports are remembered", () => {
  const server = new BoardServer();
  const { board, hear } = enter(server, "ada");
  hear({ t: "pointer", board: "b", x: 1, y: 2, page: "p1", laser: true });
  hear({ t: "pointer", board: "b", x: 3, y: 4 });
  expect(board.pointers).toMatchObject([{ participant: "pa_other", x: 3, y: 4, laser: false }]);
  hear({ t: "viewport", board: "b", x: 5, y: 6, zoom: 2, width: 100, height: 50, page: "p2" });
  expect(board.viewportOf("pa_other")).toMatchObject({ x: 5, page: "p2", width: 100 });
  vi.advanceTimersByTime(11_000);
  expect(board.pointers).toEqual([]);
  board.close();
});

test.each([
  { t: "stroke", board: "b", element: 5, from: 0, points: [] },
  { t: "stroke", board: "b", element: "e", from: 0, points: [1, 2] },
  { t: "stroke", board: "other", element: "e", from: 0, points: [1, 2, 3] },
  { t: "pointer", board: "b", x: "1", y: 2 },
  { t: "viewport", board: "b", x: 1, y: 2, zoom: 0 },
  { t: "viewport", board: "b" },
])("%o shows nothing", (message) => {
  const server = new BoardServer();
  const { board, hear } = enter(server, "ada");
  hear(message);
  expect([board.strokes, board.pointers, board.viewportOf("pa_other")]).toEqual([[], [], null]);
  board.close();
});
