import fc from "fast-check";
import Delta from "quill-delta";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { carry, DOC, DocumentPeer, DocumentServer, plain } from "./document_server";
import { tab } from "./fake_storage";
import { changeOf, edge, type Plan, plan, unitsOf } from "./random_deltas";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function meet(names: string, server = new DocumentServer()) {
  const peers = [...names].map((name) => new DocumentPeer(server, name, `client of ${name}`, tab()));
  for (const peer of peers) peer.connect();
  await carry(server);
  return { server, peers, a: peers[0] as DocumentPeer, b: peers[1] as DocumentPeer };
}

/** Everybody connected, all timers run, nothing under way. */
async function settle(server: DocumentServer): Promise<void> {
  for (const peer of server.peers) if (!peer.isUp) peer.connect();
  for (let round = 0; round < 8; round += 1) {
    await carry(server);
    vi.advanceTimersByTime(1_100);
  }
  await carry(server);
}

function checkAgreed(server: DocumentServer): void {
  const text = server.content;
  expect(new Set(server.log.map(({ client, seq }) => `${client} ${seq}`)).size).toBe(server.log.length);
  for (const { document, shown } of server.peers) {
    expect([document.state, document.saved, document.version]).toEqual(["open", true, server.version]);
    expect(document.content.ops).toEqual(text.ops);
    expect(shown.ops).toEqual(text.ops);
    const places = document.comments.map(({ id, index, length }) => [id, index, length]);
    expect(places.sort()).toEqual(server.places().sort());
    for (const { index, length } of document.comments) {
      expect(index + length).toBeLessThanOrEqual(text.length());
    }
  }
}

const texts = ({ server }: { server: DocumentServer }) => server.peers.map(({ shown }) => plain(shown));

test("what one types the other is shown", async () => {
  const { server, a, b } = await meet("ab");
  expect([a.document.state, a.document.version, plain(a.document.content)]).toEqual(["open", 1, "\n"]);
  a.insert(0, "hello");
  expect(a.document.saved).toBe(false);
  await carry(server);
  b.insert(5, " you");
  await carry(server);
  expect(texts({ server })).toEqual(["hello you\n", "hello you\n"]);
  checkAgreed(server);
});

test("while a change is on its way typing gathers in one more", async () => {
  const { server, a } = await meet("a");
  for (const [at, letter] of [..."abcde"].entries()) a.insert(at, letter);
  expect(server.version).toBe(1);
  await carry(server);
  expect([server.version, plain(server.content)]).toEqual([3, "abcde\n"]);
});

test("at one place what is committed stays left", async () => {
  const { server, a, b } = await meet("ab");
  a.insert(0, "first ");
  b.insert(0, "second ");
  await carry(server);
  expect(plain(server.content)).toBe("first second \n");
  checkAgreed(server);
});

test("what is typed without a link is sent with the next, after a long absence too", async () => {
  const { server, a, b } = await meet("ab");
  a.insert(0, "one ");
  await carry(server);
  a.cut();
  expect(a.document.state).toBe("offline");
  a.insert(4, "offline");
  for (let at = 0; at < 30; at += 1) {
    b.insert(0, ".");
    await carry(server);
  }
  expect(plain(a.shown)).toBe("one offline\n");
  await settle(server);
  expect(plain(b.shown)).toBe(`${".".repeat(30)}one offline\n`);
  expect(a.refused).toEqual([]);
  checkAgreed(server);
});

test("a change whose ack was lost is in once", async () => {
  const { server, a, b } = await meet("ab");
  a.insert(0, "once");
  a.up();
  a.cut();
  a.insert(4, " and more");
  b.insert(0, "!");
  await settle(server);
  expect(plain(b.shown)).toBe("once! and more\n");
  checkAgreed(server);
});

test("a snapshot in place of lost history replaces all and says so", async () => {
  const { server, a } = await meet("a");
  a.insert(0, "mine");
  await carry(server);
  a.cut();
  a.insert(4, " lost");
  server.putBack(new Delta().insert("a backup\n"));
  await settle(server);
  expect(plain(a.shown)).toBe("a backup\n");
  expect(a.refused).toEqual(["stale"]);
  a.insert(0, "on ");
  await settle(server);
  expect(plain(server.content)).toBe("on a backup\n");
  checkAgreed(server);
});

test("what is pending is lost where the history it needs is gone, and numbers go on", async () => {
  const { server, a, b } = await meet("ab");
  a.cut();
  a.insert(0, "lost");
  for (let at = 0; at < 8; at += 1) {
    b.insert(0, ".");
    await carry(server);
  }
  server.forgotten = 6;
  await settle(server);
  expect([plain(a.shown), a.refused]).toEqual(["........\n", ["stale"]]);
  a.insert(0, "here");
  await settle(server);
  expect(plain(b.shown)).toBe("here........\n");
  checkAgreed(server);
});

test("what is refused is taken back, and what was typed after it stays", async () => {
  const { server, a, b } = await meet("ab");
  server.refusals.push({ code: "forbidden" });
  a.insert(0, "no");
  a.insert(2, " yes");
  b.insert(0, "b");
  await carry(server);
  expect(a.refused).toEqual(["forbidden"]);
  expect(texts({ server })).toEqual(["b yes\n", "b yes\n"]);
  checkAgreed(server);
});

test("what cannot be taken now is sent again, in order", async () => {
  const { server, a } = await meet("a");
  server.refusals.push({ code: "rate_limited", retry_ms: 200 }, { code: "unavailable", retry_ms: 300 });
  a.insert(0, "a");
  a.insert(1, "b");
  await carry(server);
  expect([server.version, a.document.saved]).toEqual([1, false]);
  await settle(server);
  expect([plain(server.content), a.refused]).toEqual(["ab\n", []]);
});

test("a large paste goes in parts that fit a message", async () => {
  const { server, a, b } = await meet("ab");
  const pasted = "a long text, 😀 and ümläute\n".repeat(8_000);
  a.insert(0, pasted);
  await carry(server);
  expect(plain(b.shown)).toBe(`${pasted}\n`);
  expect(server.largest).toBeLessThan(65_536);
  expect(server.version).toBeGreaterThan(4);
  checkAgreed(server);
});

test("long content is fetched, and what follows it waits", async () => {
  const server = new DocumentServer(new Delta().insert(`${"x".repeat(60_000)}\n`));
  const { a } = await meet("a", server);
  const late = new DocumentPeer(server, "b");
  late.connect();
  late.up();
  a.insert(0, "news ");
  a.up();
  late.hear();
  late.hear();
  expect(late.document.state).toBe("opening");
  await carry(server);
  expect(plain(late.shown).slice(0, 8)).toBe("news xxx");
  checkAgreed(server);
});

test("undo takes back what we typed in one go, and nothing of others", async () => {
  const { server, a, b } = await meet("ab");
  a.insert(0, "one ");
  a.insert(4, "two ");
  vi.advanceTimersByTime(1_500);
  a.insert(8, "three");
  await carry(server);
  b.insert(4, "B ");
  await carry(server);
  const changes: boolean[] = [];
  a.document.on("change", ({ own }) => changes.push(own));
  a.document.undo();
  await carry(server);
  expect(plain(b.shown)).toBe("one B two \n");
  a.document.undo();
  a.document.undo();
  await carry(server);
  expect(plain(b.shown)).toBe("B \n");
  expect([a.document.canUndo, a.document.canRedo, b.document.canUndo]).toEqual([false, true, true]);
  a.document.redo();
  a.document.redo();
  await carry(server);
  expect(plain(b.shown).replace("B ", "")).toBe("one two three\n");
  expect(changes).toEqual([true, true, true, true]);
  checkAgreed(server);
});

test.each(["in", "out"])(
  "what is typed outlives the page, also where what was on its way is %s",
  async (way) => {
    const { server, a: b } = await meet("b");
    const kept = tab();
    const first = new DocumentPeer(server, "a", "c1", kept);
    first.connect();
    await carry(server);
    first.insert(0, "one ");
    await carry(server);
    first.insert(4, "two ");
    if (way === "in") first.up();
    first.cut();
    first.insert(8, "three ");
    b.insert(0, "meanwhile ");
    await carry(server);
    const second = first.reload();
    second.connect();
    await settle(server);
    expect(plain(second.shown)).toBe("meanwhile one two three \n");
    second.insert(0, "four ");
    await settle(server);
    expect(second.refused).toEqual([]);
    checkAgreed(server);
    expect(kept.has(DOC)).toBe(false);
  },
);

test("what was typed into a version that is no longer kept is lost, and it is said", async () => {
  const { server, a: b } = await meet("b");
  const kept = tab();
  kept.keep(DOC, {
    client: "c1",
    epoch: "first",
    version: 1,
    seq: 1,
    inFlight: null,
    buffer: [{ insert: "x" }],
  });
  b.insert(0, "here");
  await carry(server);
  server.forgotten = 2;
  const late = new DocumentPeer(server, "a", "c2", kept);
  late.connect();
  await settle(server);
  expect([plain(late.shown), late.refused]).toEqual(["here\n", ["stale"]]);
  checkAgreed(server);
});

test("what a tab keeps is bounded, and judged before it is used", () => {
  const kept = tab();
  const some = { client: "c", epoch: null, version: 1, seq: 1, inFlight: null };
  kept.keep(DOC, { ...some, buffer: [{ insert: "x".repeat(300_000) }] });
  expect(kept.take(DOC)).toBe(null);
  kept.keep(DOC, { ...some, version: "1" as unknown as number, buffer: [] });
  expect([kept.has(DOC), kept.take(DOC), kept.has(DOC)]).toEqual([true, null, false]);
});

test("a long change is fetched, by whom it comes late to as well", async () => {
  const { server, a, b } = await meet("ab");
  const late = new DocumentPeer(server, "c");
  late.connect();
  await carry(server);
  late.cut();
  late.insert(0, "late ");
  server.submitCarelessly(new Delta().insert("x".repeat(50_000)));
  await carry(server);
  b.insert(0, "and ");
  await settle(server);
  expect(plain(a.shown).replace(/x+/, "x")).toBe("and xlate \n");
  const reading = a.document.history(2, 4);
  await carry(server);
  expect((await reading).map(({ delta }) => delta.length())).toEqual([50_000, 4, 50_009]);
  checkAgreed(server);
});

test("long content that could not be fetched is asked for again", async () => {
  const server = new DocumentServer(new Delta().insert(`${"x".repeat(60_000)}\n`));
  server.unreachable = true;
  const { a } = await meet("a", server);
  expect(a.document.state).toBe("opening");
  server.unreachable = false;
  await settle(server);
  checkAgreed(server);
});

test("nothing of others comes in while somebody composes a letter", async () => {
  const { server, a, b } = await meet("ab");
  const release = a.document.hold();
  b.insert(0, "from b ");
  await carry(server);
  a.insert(0, "ö");
  await carry(server);
  expect(plain(a.shown)).toBe("ö\n");
  vi.advanceTimersByTime(10_000);
  release();
  await settle(server);
  expect(texts({ server })).toEqual(["from b ö\n", "from b ö\n"]);
  checkAgreed(server);
});

test("a comment stays on its words, before and after its text is confirmed", async () => {
  const { server, a, b } = await meet("ab");
  b.insert(0, "b: ");
  b.up();
  a.insert(0, "some words");
  const made = a.document.comment(5, 5, "which?");
  await carry(server);
  const id = await made;
  for (const { document } of [a, b]) {
    expect(document.comments.map((one) => [one.id, one.text, one.quote, one.index, one.length])).toEqual([
      [id, "which?", "words", 8, 5],
    ]);
  }
  b.insert(0, "more ");
  expect(b.document.comments[0]?.index).toBe(13);
  b.type(new Delta().retain(12).delete(6));
  await carry(server);
  expect(a.document.comments.map(({ state, quote }) => [state, quote])).toEqual([["detached", "words"]]);
  checkAgreed(server);
});

test("a comment whose words are gone before it is sent is refused", async () => {
  const { server, a } = await meet("a");
  a.insert(0, "words");
  await carry(server);
  a.cut();
  const made = expect(a.document.comment(0, 5, "which?")).rejects.toMatchObject({ code: "conflict" });
  a.type(new Delta().delete(5));
  await settle(server);
  await made;
  checkAgreed(server);
});

test("a comment whose ack was lost is made once", async () => {
  const { server, a } = await meet("a");
  a.insert(0, "words");
  await carry(server);
  const made = a.document.comment(0, 5, "which?");
  a.up();
  a.cut();
  await settle(server);
  expect(await made).toBe(a.document.comments[0]?.id);
  expect(a.document.comments).toHaveLength(1);
});

test("what was typed behind a comment that has to wait is sent, though its words go meanwhile", async () => {
  const { server, a, b } = await meet("ab");
  a.insert(0, "words here");
  await carry(server);
  const made = expect(a.document.comment(0, 5, "which?")).rejects.toMatchObject({ code: "conflict" });
  const asked = a.socket.sent.shift();
  a.push({ t: "error", doc: DOC, re: asked?.data.id, code: "rate_limited", retry_ms: 500, message: "" });
  await carry(server);
  a.insert(10, " and more");
  b.type(new Delta().delete(5));
  await settle(server);
  await made;
  expect(plain(b.shown)).toBe(" here and more\n");
  checkAgreed(server);
});

test("history and old contents are read, and an old version is restored", async () => {
  const { server, a, b } = await meet("ab");
  for (const letter of "abcdefghij") {
    b.insert(0, letter);
    await carry(server);
  }
  const reading = a.document.history(2, 11);
  await carry(server);
  const history = await reading;
  expect(history.map(({ version }) => version)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(history[0]).toMatchObject({ author: { identity: "b", name: "b" }, at: 1_000 });
  expect(plain(await a.document.contentAt(4))).toBe("cba\n");
  const restored = a.document.restore(4);
  await carry(server);
  await restored;
  expect(texts({ server })).toEqual(["cba\n", "cba\n"]);
  checkAgreed(server);
});

test("what was asked while the link broke is asked again", async () => {
  const { server, a } = await meet("a");
  a.insert(0, "a");
  await carry(server);
  const reading = a.document.history(2, 2);
  a.cut();
  await settle(server);
  expect(await reading).toHaveLength(1);
});

test("what was asked is asked again where its long answer could not be fetched", async () => {
  const { server, a } = await meet("a");
  server.submitCarelessly(new Delta().insert("x".repeat(50_000)));
  await carry(server);
  const reading = a.document.history(2, 2);
  server.unreachable = true;
  await carry(server);
  server.unreachable = false;
  await settle(server);
  expect(await Promise.race([reading, "nothing"])).toHaveLength(1);
});

test("cursors stand in the text that is shown, and go when their owner is gone", async () => {
  const { server, a, b } = await meet("ab");
  a.insert(0, "hello world");
  await carry(server);
  b.document.setCursor(6, 5);
  vi.advanceTimersByTime(200);
  await carry(server);
  expect([...a.document.cursors.values()]).toEqual([
    { participant: "pa_b", identity: "b", name: "PA_B", index: 6, length: 5 },
  ]);
  a.insert(0, "oh ");
  expect(a.document.cursors.get("pa_b")?.index).toBe(9);
  await carry(server);
  expect(a.document.cursors.get("pa_b")?.index).toBe(9);
  // Its owner's caret goes with what they type.
  b.document.setCursor(3, 0);
  vi.advanceTimersByTime(200);
  await carry(server);
  b.insert(3, "typed ");
  await carry(server);
  expect(a.document.cursors.get("pa_b")).toMatchObject({ index: 9, length: 0 });
  a.document.left("pa_b");
  expect(a.document.cursors.size).toBe(0);
  vi.advanceTimersByTime(5_000);
  await carry(server);
  expect(a.document.cursors.size).toBe(1);
  b.cut();
  vi.advanceTimersByTime(20_000);
  expect(a.document.cursors.size).toBe(0);
  b.connect();
  await carry(server);
  b.document.setCursor(1, 0);
  vi.advanceTimersByTime(200);
  await carry(server);
  expect(a.document.cursors.size).toBe(1);
  b.document.clearCursor();
  vi.advanceTimersByTime(200);
  await carry(server);
  expect(a.document.cursors.size).toBe(0);
});

test("a document that is deleted or may not be read is closed, with the reason", async () => {
  const { server, a } = await meet("a");
  a.push({ t: "closed", doc: "do_1", reason: "deleted" });
  await carry(server);
  expect([a.document.state, a.document.closedBecause]).toEqual(["closed", "deleted"]);
  await expect(a.document.requestReview("b")).rejects.toMatchObject({ code: "closed" });
  const other = new DocumentPeer(server, "c");
  other.connect();
  const open = other.socket.sent.shift();
  other.push({ t: "error", re: open?.data.id, code: "forbidden", message: "" });
  other.hear();
  expect([other.document.state, other.document.closedBecause]).toEqual(["closed", "forbidden"]);
});

test("a server whose changes do not fit is read anew", async () => {
  const { server, a } = await meet("a");
  a.insert(0, "a");
  await carry(server);
  a.push({
    t: "change",
    doc: "do_1",
    version: 3,
    client: "x",
    seq: 1,
    delta: { ops: [{ retain: 99 }, { delete: 1 }] },
  });
  await settle(server);
  checkAgreed(server);
});

test("an edit that does not fit is refused at once", async () => {
  const { a } = await meet("a");
  expect(() => a.document.edit(new Delta().retain(5).insert("x"))).toThrow(RangeError);
  expect(() => a.document.edit(new Delta().delete(1))).toThrow(RangeError);
  expect(plain(a.document.content)).toBe("\n");
});

type Act =
  | { kind: "edit"; plan: Plan }
  | { kind: "comment"; at: number }
  | { kind: "end"; how: number }
  | { kind: "up" | "down" | "cut" | "connect" | "slow" | "undo" | "redo" | "restore" | "hold" | "wait" }
  | { kind: "reload" };

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 30, arbitrary: plan.map((steps) => ({ kind: "edit" as const, plan: steps })) },
  {
    weight: 60,
    arbitrary: fc.constantFrom("up", "down", "down").map((kind) => ({ kind }) as Act),
  },
  {
    weight: 16,
    arbitrary: fc
      .constantFrom("cut", "connect", "slow", "undo", "redo", "restore", "hold", "wait", "reload")
      .map((kind) => ({ kind }) as Act),
  },
  {
    weight: 4,
    arbitrary: fc.double({ min: 0, max: 1, noNaN: true }).map((at) => ({ kind: "comment" as const, at })),
  },
  { weight: 2, arbitrary: fc.nat(2).map((how) => ({ kind: "end" as const, how })) },
);

/** One that deletes the last line break or writes after it, as our clients never do. */
function changeOfTheEnd(content: Delta, how: number): Delta {
  const last = content.length() - 1;
  if (how === 0) return new Delta().retain(last + 1).insert("z\n");
  if (how === 1 || unitsOf(content)[last - 1] !== "\n")
    return new Delta().retain(last).insert("y\n").delete(1);
  return new Delta().retain(last).delete(1);
}

test("whatever happens, all end with the server's document", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(2), act), { maxLength: 150, size: "max" }), async (acts) => {
      const { server, peers } = await meet("abc");
      const releases = new Map<DocumentPeer, () => void>();
      const unanswered: Promise<unknown>[] = [];
      for (const [who, one] of acts) {
        const peer = peers[who] as DocumentPeer;
        const { document } = peer;
        if (one.kind === "edit") {
          if (document.state !== "opening") peer.type(changeOf(one.plan, peer.shown));
        } else if (one.kind === "up") peer.up();
        else if (one.kind === "down") peer.hear();
        else if (one.kind === "cut") peer.cut();
        else if (one.kind === "connect" && !peer.isUp) peer.connect();
        else if (one.kind === "slow") server.fallBehind(peer);
        else if (one.kind === "undo") document.undo();
        else if (one.kind === "redo") document.redo();
        else if (one.kind === "restore") unanswered.push(document.restore(1 + (server.version >> 1)));
        else if (one.kind === "end") server.submitCarelessly(changeOfTheEnd(server.content, one.how));
        else if (one.kind === "wait") await Promise.resolve();
        else if (one.kind === "reload") {
          releases.delete(peer);
          peers[who] = peer.reload();
          continue;
        } else if (one.kind === "hold") {
          const release = releases.get(peer);
          if (release) release();
          else releases.set(peer, document.hold());
          if (release) releases.delete(peer);
        } else if (one.kind === "comment" && document.state !== "opening") {
          const text = unitsOf(document.content);
          const start = edge(text, Math.floor(one.at * (text.length - 1)));
          const end = edge(text, Math.min(text.length, start + 4));
          if (end > start) unanswered.push(document.comment(start, end - start, "here"));
        }
        expect(peer.shown.ops).toEqual(document.content.ops);
      }
      for (const release of releases.values()) release();
      const answers = unanswered.map((one) =>
        one.then(
          () => answered++,
          () => answered++,
        ),
      );
      let answered = 0;
      await settle(server);
      checkAgreed(server);
      expect(answered).toBe(answers.length);
      expect(peers.flatMap(({ refused }) => refused)).toEqual([]);
      for (const { document } of peers) document.close();
    }),
    { numRuns: 100 },
  );
}, 60_000);
