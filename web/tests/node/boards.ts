/**
 * Our board client against a whole node, over WebSockets that break: run by tests/e2e/test_node_clients.py with the
 * node's address and a seed. It throws at what is not as it should be.
 */

import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { Change } from "../../src/client/board_elements";
import { Boards } from "../../src/client/boards";
import { LinkSession } from "../../src/client/link_session";
import type { SharedBoard } from "../../src/client/shared_board";
import { api, cut, hostToken, Socket, until, url } from "./node";
import { Chance } from "./random";

const ROUNDS = 150;
/** More than fits into one message: others fetch it. */
const LONG_TEXT = "é".repeat(9_900);

const chance = new Chance(Number(process.argv[3] ?? 1));

const token = await hostToken("r");
const id = String((await api("/api/v1/rooms/r/boards", token, "POST", { title: "Sketch" })).id);
const link = async (): Promise<string> =>
  String((await api(`/api/v1/boards/${id}/links`, token, "POST", { role: "editor", ttl: "1h" })).token);

const sessions: LinkSession[] = [];
async function enter(name: string): Promise<SharedBoard> {
  const session = new LinkSession({ url, token: await link(), name, topic: id, socket: Socket });
  session.open();
  sessions.push(session);
  return new Boards(session).open(id);
}

const IDS = ["a", "b", "c", "d"];

function change(of: string): Change {
  const value = Math.floor(chance.next() * 100);
  return chance.oneOf<Change>([
    { op: "put", id: of, props: { type: "rect", z: "a0", box: [value, 0, 1, 1, 0] } },
    {
      op: "put",
      id: of,
      props: { type: "text", z: `a${value}`, text: chance.below(0.1) ? LONG_TEXT : "short" },
    },
    { op: "put", id: of, props: { style: { width: value, color: null } } },
    { op: "put", id: of, props: { group: chance.below(0.5) ? null : "g", locked: true } },
    { op: "delete", id: of },
    { op: "delete", id: of },
    { op: "page", id: "p2", title: `Page ${value}`, z: "a1" },
    { op: "page", id: "p2", title: "Gone", deleted: chance.below(0.5) },
  ]);
}

/** What a page could do: a first put has a type, a restore is an undo. */
function act(board: SharedBoard): void {
  const choice = chance.next();
  if (choice < 0.15) board.undo();
  else if (choice < 0.3) board.redo();
  else {
    const wanted = Array.from({ length: chance.oneOf([1, 1, 2, 4]) }, () => change(chance.oneOf(IDS)));
    board.change(
      wanted.filter((one) => one.op !== "put" || one.props.type || board.elements.has(one.id)),
      chance.below(0.3) ? "gesture" : null,
    );
  }
}

const boards = [await enter("Ada"), await enter("Bo"), await enter("Cy")];
const refused: string[] = [];
for (const board of boards) board.on("refused", ({ code }) => refused.push(code));
const shown = ({ elements, pages }: SharedBoard): unknown => [
  [...elements.values()].sort((one, other) => (one.id < other.id ? -1 : 1)),
  pages,
];
const agree = (): boolean =>
  boards.every(({ state: at, saved, version }) => at === "open" && saved && version === boards[0]?.version) &&
  boards.every((board) => isDeepStrictEqual(shown(board), shown(boards[0] as SharedBoard)));
await until(agree, "all open");

for (let round = 0; round < ROUNDS; round += 1) {
  for (const board of boards) if (chance.below(0.7)) act(board);
  if (chance.below(0.04)) cut(() => chance.below(0.5));
  await new Promise((resolve) => setTimeout(resolve, chance.next() * 30));
  if (round % 50 === 49) await until(agree, `agreement after round ${round}`);
}

// What they show is what the node has.
const [, pages] = shown(boards[0] as SharedBoard) as [unknown, { id: string }[]];
const content = (await api(`/api/v1/boards/${id}/content`, token)) as {
  elements: { id: string }[];
  pages: { id: string; deleted?: boolean }[];
};
content.elements.sort((one, other) => (one.id < other.id ? -1 : 1));
assert.deepEqual(content.elements, (shown(boards[0] as SharedBoard) as unknown[])[0]);
assert.deepEqual(
  content.pages.filter(({ deleted }) => !deleted).map((page) => page.id),
  pages.map((page) => page.id),
);
assert.deepEqual([...new Set(refused)], []);

const version = boards[0]?.version;
for (const session of sessions) await session.leave();
process.stdout.write(`agreed over ${version} versions\n`);
