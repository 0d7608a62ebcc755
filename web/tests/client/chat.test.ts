import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Chat, type ChatMessage } from "../../src/client/chat";
import { ChatPeer, ChatServer } from "./chat_server";
import { carry } from "./fake_peer";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

let clients = 0;

function enter(server: ChatServer, identity: string) {
  clients += 1;
  const peer = new ChatPeer(server, identity);
  const chat = new Chat({
    link: peer.link,
    client: `client ${clients}`,
    self: () => ({ identity, name: identity }),
    fetch: (path) => {
      const query = new URLSearchParams(path.split("?")[1]);
      const messages = server.history(identity, Number(query.get("after")), Number(query.get("limit")));
      return Promise.resolve({ messages });
    },
    history: () => "/api/v1/rooms/r/chat",
    snapshotSize: () => server.snapshotSize,
    clock: () => 5,
  });
  const said: string[] = [];
  chat.on("said", ({ message }) => said.push(message.text));
  peer.connect();
  carry(...server.peers);
  return { peer, chat, said };
}

function texts(chat: Chat): string[] {
  return chat.messages.map(({ text, state }) => (state === "sent" ? text : `${text} (${state})`));
}

test("what one says the other hears, once", () => {
  const server = new ChatServer();
  const [ada, bo] = [enter(server, "ada"), enter(server, "bo")];
  ada.chat.say("hello");
  expect(texts(ada.chat)).toEqual(["hello (sending)"]);
  carry(...server.peers);
  expect(texts(ada.chat)).toEqual(["hello"]);
  expect(texts(bo.chat)).toEqual(["hello"]);
  expect([ada.said, bo.said]).toEqual([[], ["hello"]]);
});

test("a message keeps its key from the moment it is written", () => {
  const server = new ChatServer();
  const { chat } = enter(server, "ada");
  chat.say("hello");
  const [before] = chat.messages as [ChatMessage];
  carry(...server.peers);
  expect(chat.messages).toEqual([{ ...before, version: 1, state: "sent" }]);
});

test("who comes in gets what was said, quietly", () => {
  const server = new ChatServer();
  enter(server, "ada").chat.say("one");
  carry(...server.peers);
  const late = enter(server, "bo");
  expect(texts(late.chat)).toEqual(["one"]);
  expect(late.said).toEqual([]);
  expect(late.chat.hasEarlier).toBe(false);
});

test("a private message is seen by the two alone", () => {
  const server = new ChatServer();
  const [ada, bo, cy] = [enter(server, "ada"), enter(server, "bo"), enter(server, "cy")];
  ada.chat.say("secret", "bo");
  ada.chat.say("open");
  carry(...server.peers);
  expect([ada, bo, cy].map(({ chat }) => texts(chat))).toEqual([
    ["secret", "open"],
    ["secret", "open"],
    ["open"],
  ]);
  expect(bo.chat.messages[0]).toMatchObject({ from: "ada", to: "bo" });
});

test("what was said while the way was down goes out in order when it is back", () => {
  const server = new ChatServer();
  const [ada, bo] = [enter(server, "ada"), enter(server, "bo")];
  ada.peer.cut();
  ada.chat.say("one");
  ada.chat.say("two");
  bo.chat.say("meanwhile");
  carry(...server.peers);
  expect(texts(ada.chat)).toEqual(["one (sending)", "two (sending)"]);
  ada.peer.connect();
  carry(...server.peers);
  expect(texts(ada.chat)).toEqual(["meanwhile", "one", "two"]);
  expect(texts(bo.chat)).toEqual(["meanwhile", "one", "two"]);
  expect(ada.said).toEqual(["meanwhile"]);
});

test("an acknowledgement that was lost does not double the message", () => {
  const server = new ChatServer();
  const { peer, chat } = enter(server, "ada");
  chat.say("once");
  const key = chat.messages[0]?.key;
  server.answer(peer, peer.socket.sent[0]?.data ?? { t: "" });
  peer.cut();
  expect(texts(chat)).toEqual(["once (sending)"]);
  peer.connect();
  carry(peer);
  expect(texts(chat)).toEqual(["once"]);
  expect(chat.messages[0]?.key).toBe(key);
  expect(server.messages.length).toBe(1);
});

test("a refused message says so and leaves no gap; it can be sent again or taken back", () => {
  const server = new ChatServer();
  const { chat } = enter(server, "ada");
  server.refusals.push({ code: "too_large" });
  for (const text of ["one", "two", "three"]) chat.say(text);
  carry(...server.peers);
  expect(texts(chat)).toEqual(["two", "three", "one (failed)"]);
  const failed = chat.messages[2] as ChatMessage;
  expect(failed.problem).toBe("too_large");
  chat.resend(failed.key);
  carry(...server.peers);
  expect(texts(chat)).toEqual(["two", "three", "one"]);
  server.refusals.push({ code: "forbidden" });
  chat.say("four");
  carry(...server.peers);
  chat.discard(chat.messages[3]?.key ?? "");
  expect(texts(chat)).toEqual(["two", "three", "one"]);
});

test.each(["rate_limited", "unavailable"])(
  "a message that is %s goes again, unchanged and in order",
  (code) => {
    const server = new ChatServer();
    const { chat } = enter(server, "ada");
    server.refusals.push({ code, retry_ms: 700 });
    for (const text of ["one", "two", "three"]) chat.say(text);
    carry(...server.peers);
    vi.advanceTimersByTime(699);
    carry(...server.peers);
    expect(server.messages).toEqual([]);
    vi.advanceTimersByTime(1);
    carry(...server.peers);
    expect(texts(chat)).toEqual(["one", "two", "three"]);
  },
);

test("a topic that the server closed meanwhile is opened again", () => {
  const server = new ChatServer();
  const { peer, chat } = enter(server, "ada");
  peer.client = "";
  chat.say("one");
  carry(peer);
  vi.advanceTimersByTime(1_000);
  carry(peer);
  expect(texts(chat)).toEqual(["one"]);
});

test("a history that the server lost is taken as it is, and what waits is sent", () => {
  const server = new ChatServer();
  const { peer, chat, said } = enter(server, "ada");
  for (const text of ["one", "two"]) chat.say(text);
  carry(peer);
  peer.cut();
  chat.say("three");
  server.messages.pop();
  server.epoch = "second";
  peer.connect();
  carry(peer);
  expect(texts(chat)).toEqual(["one", "three"]);
  expect(said).toEqual([]);
});

test("older messages are loaded page by page, over versions that are not for us", async () => {
  const server = new ChatServer();
  server.snapshotSize = 3;
  const bo = enter(server, "bo");
  for (let index = 1; index <= 20; index += 1) bo.chat.say(`early ${index}`);
  for (let index = 0; index < 130; index += 1) bo.chat.say("between us", "cy");
  for (let index = 1; index <= 5; index += 1) bo.chat.say(`late ${index}`);
  carry(bo.peer);
  const { chat, said } = enter(server, "ada");
  expect(texts(chat)).toEqual(["late 3", "late 4", "late 5"]);
  expect(chat.hasEarlier).toBe(true);
  for (let pages = 0; chat.hasEarlier; pages += 1) {
    expect(pages).toBeLessThan(6);
    await Promise.all([chat.earlier(), chat.earlier()]);
  }
  expect(texts(chat)).toEqual([
    ...Array.from({ length: 20 }, (_, index) => `early ${index + 1}`),
    ...Array.from({ length: 5 }, (_, index) => `late ${index + 1}`),
  ]);
  expect(said).toEqual([]);
});

test("of a very long meeting the newest is kept, and the rest is loaded again", async () => {
  const server = new ChatServer();
  const [ada, bo] = [enter(server, "ada"), enter(server, "bo")];
  for (let index = 1; index <= 2_001; index += 1) ada.chat.say(`m${index}`);
  carry(...server.peers);
  expect(bo.chat.messages.length).toBe(1_500);
  expect(bo.chat.hasEarlier).toBe(true);
  await bo.chat.earlier();
  expect(texts(bo.chat).slice(0, 51)).toEqual(Array.from({ length: 51 }, (_, index) => `m${452 + index}`));
});

test("content that stands elsewhere is fetched before what came after it is heard", async () => {
  const server = new ChatServer();
  const peer = new ChatPeer(server, "ada");
  const message = { version: 1, from: "bo", name: "Bo", text: "long", at: 1 };
  const chat = new Chat({
    link: peer.link,
    client: "c",
    self: () => ({ identity: "ada", name: "Ada" }),
    fetch: () => Promise.resolve({ messages: [message] }),
    history: () => "",
    clock: () => 5,
    snapshotSize: () => 200,
  });
  peer.connect();
  const id = peer.socket.sent.shift()?.data.id;
  peer.channels.hear("chat", { t: "snapshot", re: id, epoch: "e", version: 1, seq: 0, url: "/api/v1/x" });
  peer.channels.hear("chat", { t: "message", ...message, version: 2, text: "after" });
  expect(texts(chat)).toEqual([]);
  await vi.advanceTimersByTimeAsync(0);
  expect(texts(chat)).toEqual(["long", "after"]);
});

test("a room that is another one has another chat", () => {
  const server = new ChatServer();
  const { peer, chat } = enter(server, "ada");
  chat.say("one");
  carry(peer);
  server.messages.length = 0;
  chat.forget();
  expect(texts(chat)).toEqual([]);
  carry(peer);
  expect(chat.isOpen).toBe(true);
});

test("a chat that may not be read says why", () => {
  const server = new ChatServer();
  const peer = new ChatPeer(server, "ada");
  const chat = new Chat({
    link: peer.link,
    client: "c",
    self: () => ({ identity: "ada", name: "Ada" }),
    fetch: () => Promise.reject(new Error("unused")),
    history: () => "",
    clock: () => 5,
    snapshotSize: () => 200,
  });
  peer.connect();
  const re = peer.socket.sent.shift()?.data.id;
  peer.channels.hear("chat", { t: "error", re, code: "forbidden", message: "" });
  expect(chat.closedBecause).toBe("forbidden");
  expect(chat.isOpen).toBe(false);
});

test("reactions of others are told, and a refused one of ours", () => {
  const server = new ChatServer();
  const { peer, chat } = enter(server, "ada");
  const heard: unknown[] = [];
  chat.on("reaction", (event) => heard.push(event));
  chat.on("refused", (event) => heard.push(event));
  expect(chat.react("👍")).toBe(true);
  carry(peer);
  peer.channels.hear("chat", { t: "reaction", participant: "pa_1", emoji: "🎉" });
  peer.channels.hear("chat", { t: "reaction", participant: "pa_1" });
  expect(heard).toEqual([{ code: "bad_message" }, { participant: "pa_1", emoji: "🎉" }]);
});

test("however the ways are cut, everybody has every message once and in the same order", () => {
  const act = fc.record({
    who: fc.nat(2),
    what: fc.constantFrom("say", "say", "say", "step", "step", "cut", "connect", "refuse", "wait"),
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 120 }), (acts) => {
      vi.clearAllTimers();
      const server = new ChatServer();
      const people = ["ada", "bo", "cy"].map((name) => enter(server, name));
      const saidTexts: string[][] = [[], [], []];
      for (const { who, what } of acts) {
        const person = people[who];
        if (!person) continue;
        if (what === "say") {
          const text = `${who} ${saidTexts[who]?.length}`;
          saidTexts[who]?.push(text);
          person.chat.say(text);
        } else if (what === "step") person.peer.step();
        else if (what === "cut") person.peer.cut();
        else if (what === "connect" && !person.peer.socket.isUp) person.peer.connect();
        else if (what === "refuse") server.refusals.push({ code: "rate_limited", retry_ms: 50 });
        else vi.advanceTimersByTime(500);
      }
      for (const { peer } of people) if (!peer.socket.isUp) peer.connect();
      for (let round = 0; round < 200 && server.messages.length < saidTexts.flat().length; round += 1) {
        carry(...server.peers);
        vi.advanceTimersByTime(1_000);
      }
      carry(...server.peers);
      const order = server.messages.map(({ text }) => text);
      expect([...order].sort()).toEqual(saidTexts.flat().sort());
      saidTexts.forEach((own, who) => {
        expect(order.filter((text) => text.startsWith(`${who} `))).toEqual(own);
        expect(texts(people[who]?.chat as Chat)).toEqual(order);
        const heard = people[who]?.said.filter((text) => !text.startsWith(`${who} `));
        expect(heard).toEqual(order.filter((text) => !text.startsWith(`${who} `)));
      });
    }),
    { numRuns: 60 },
  );
});

test("what has to wait is not told as a reaction that was refused", () => {
  const server = new ChatServer();
  const { peer, chat } = enter(server, "ada");
  const refused: string[] = [];
  chat.on("refused", ({ code }) => refused.push(code));
  server.refusals.push({ code: "rate_limited", retry_ms: 100 });
  for (const text of ["one", "two", "three"]) chat.say(text);
  for (let round = 0; round < 3; round += 1) {
    carry(peer);
    vi.advanceTimersByTime(200);
  }
  expect([texts(chat), refused]).toEqual([["one", "two", "three"], []]);
  chat.react("👍");
  carry(peer);
  expect(refused).toEqual(["bad_message"]);
});

test("what comes before the answer to an opening hides nothing that it has", () => {
  const server = new ChatServer();
  const [ada, bo] = [enter(server, "ada"), enter(server, "bo")];
  bo.chat.say("one");
  bo.chat.say("two");
  bo.peer.up();
  bo.peer.up();
  // What was sent over a way that was given up comes late, and its first message is passed over.
  ada.peer.down.shift();
  ada.peer.channels.socketUp();
  carry(...server.peers);
  expect(texts(ada.chat)).toEqual(["one", "two"]);
  expect(ada.said).toEqual(["one", "two"]);
});
