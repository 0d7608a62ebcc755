/**
 * Our chat client against a whole node, over WebSockets that break: run by tests/e2e/test_node_clients.py with the
 * node's address and a seed. It throws at what is not as it should be.
 */

import assert from "node:assert/strict";
import { Channels } from "../../src/client/channels";
import { Chat } from "../../src/client/chat";
import { request } from "../../src/client/http";
import { Line } from "../../src/client/line";
import { randomClient } from "../../src/client/topic";
import { cut, hostToken, Socket, until, url } from "./node";
import { Chance } from "./random";

const ROUNDS = 120;
const NAMES = ["Ada", "Bo", "Cy"];
const chance = new Chance(Number(process.argv[3] ?? 1));

interface Person {
  readonly identity: string;
  readonly line: Line;
  readonly chat: Chat;
}

async function enter(name: string): Promise<Person> {
  const address = `${url.replace("http", "ws")}/rtc`;
  const token = await hostToken("r", name);
  const identity = name.toLowerCase();
  const line = new Line(
    { url: address, token, socket: Socket },
    {
      opened: () => {},
      up: () => channels.socketUp(),
      down: () => channels.socketDown(),
      over: ({ reason }) => assert.equal(reason, "", "the line is over"),
      refused: () => {},
    },
  );
  const channels = new Channels(line);
  channels.close();
  line.on("channel", ({ label, data }) => channels.hear(label, data));
  const chat = new Chat({
    link: channels.link("chat"),
    client: randomClient(),
    self: () => ({ identity, name }),
    fetch: async (path) =>
      (await (await request(address, token, path, {})).json()) as Record<string, unknown>,
    history: () => "/api/v1/rooms/r/chat",
    snapshotSize: () => 200,
    clock: () => Date.now(),
  });
  line.open();
  return { identity, line, chat };
}

const people = await Promise.all(NAMES.map(enter));
await until(() => people.every(({ chat }) => chat.isOpen), "all open");

/** What each has to see. */
const expected = new Map<string, Set<string>>(people.map(({ identity }) => [identity, new Set()]));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const { identity, chat } of people) {
    if (chance.below(0.4)) continue;
    const to = chance.below(0.3) ? chance.oneOf(people).identity : null;
    const text = `${identity} ${round} ${chance.below(0.05) ? "é".repeat(1_500) : ""}`.trim();
    chat.say(text, to);
    for (const [who, texts] of expected) if (to === null || who === to || who === identity) texts.add(text);
  }
  if (chance.below(0.06)) cut(() => chance.below(0.5));
  await new Promise((resolve) => setTimeout(resolve, chance.next() * 40));
}
const texts = ({ chat }: Person): string[] => chat.messages.map(({ text }) => text);
await until(
  () => people.every((one) => one.chat.isOpen && one.chat.messages.every(({ state }) => state !== "sending")),
  "all sent",
);
for (const { chat } of people) while (chat.hasEarlier) await chat.earlier();
await until(
  () => people.every((one) => texts(one).length >= (expected.get(one.identity)?.size ?? 0)),
  "everybody has all",
);
const order = new Map<string, number>();
for (const person of people) {
  assert.deepEqual(texts(person).sort(), [...(expected.get(person.identity) ?? [])].sort());
  // Versions are one order for everybody, and one's own messages keep theirs.
  const versions = person.chat.messages.map(({ version }) => version ?? 0);
  assert.deepEqual(
    versions,
    [...versions].sort((a, b) => a - b),
  );
  for (const { text, version } of person.chat.messages) {
    assert.equal(order.get(text) ?? version, version);
    order.set(text, version ?? 0);
  }
  const own = person.chat.messages.filter(({ from }) => from === person.identity);
  const rounds = own.map(({ text }) => Number(text.split(" ")[1]));
  assert.deepEqual(
    rounds,
    [...rounds].sort((a, b) => a - b),
  );
}
for (const { line } of people) await line.leave();
process.stdout.write(`agreed over ${order.size} messages\n`);
