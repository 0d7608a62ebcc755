import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type BoardRoom, Boards } from "../../src/client/boards";
import { Channels, type Message } from "../../src/client/channels";
import { FakeSocket } from "./fake_connection";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function start() {
  const socket = new FakeSocket();
  const channels = new Channels(socket);
  const room = { channels, room: null, limitOf: () => undefined, on: () => () => {} };
  const boards = new Boards(room as unknown as BoardRoom);
  channels.close();
  const connect = (): void => {
    socket.isUp = true;
    channels.socketUp();
  };
  const cut = (): void => {
    socket.isUp = false;
    channels.socketDown();
  };
  const sent = (t: string): Message[] =>
    socket.sent.map(({ data }) => data).filter((message) => message.t === t);
  const hear = (message: Message) => channels.hear("whiteboard", { board: "b", ...message });
  /** The answer to the newest opening: nothing is there, and the first `seq` messages are in. */
  const answer = (seq = 0) =>
    hear({
      t: "snapshot",
      re: sent("open").at(-1)?.id,
      epoch: "e",
      version: 1,
      seq,
      pages: [],
      elements: [],
    });
  return { boards, connect, cut, sent, hear, answer };
}

const DOT = { op: "put", id: "e", props: { type: "rect", z: "a0" } } as const;

/** A board that was left with something drawn on it that could not be sent. */
function leave() {
  const { cut, ...started } = start();
  const { boards, connect, answer } = started;
  connect();
  const board = boards.open("b");
  answer();
  cut();
  board.change([DOT]);
  boards.close(board);
  return { board, ...started };
}

test("a board that is left is closed once what was made on it is stored", () => {
  const { board, boards, connect, sent, hear, answer } = leave();
  expect(board.state).toBe("offline");
  connect();
  answer();
  expect(sent("submit")).toMatchObject([{ seq: 1, changes: [DOT] }]);
  expect(sent("close")).toEqual([]);
  hear({ t: "ack", re: sent("submit")[0]?.id, seq: 1, version: 2, ignored: [] });
  expect([board.state, sent("close").length]).toEqual(["closed", 1]);
  expect(boards.open("b")).not.toBe(board);
});

test("who comes back before that finds it as it is", () => {
  const { board, boards, connect, sent, hear, answer } = leave();
  expect(boards.open("b")).toBe(board);
  connect();
  answer();
  hear({ t: "ack", re: sent("submit")[0]?.id, seq: 1, version: 2, ignored: [] });
  expect([board.state, board.saved, board.elements.size, sent("close")]).toEqual(["open", true, 1, []]);
  boards.close(board);
  expect([board.state, sent("close").length]).toEqual(["closed", 1]);
});
