/**
 * Our document client against a whole node, over WebSockets that break: run by tests/e2e/test_node_clients.py with
 * the node's address. It throws at what is not as it should be.
 */

import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import Delta from "quill-delta";
import type { SharedDocument } from "../../src/client/document";
import { DocumentSession } from "../../src/client/document_session";
import { api, cut, hostToken, Socket, until, url } from "./node";

function enter(token: string, name: string, doc?: string): DocumentSession {
  return DocumentSession.connect({ url, token, name, socket: Socket, ...(doc ? { doc } : {}) });
}

/** What an editor would show that was told all. */
function editor(document: SharedDocument): { shown: Delta; type(change: Delta): void } {
  const one = {
    shown: document.content,
    type(change: Delta) {
      one.shown = one.shown.compose(change);
      document.edit(change);
    },
  };
  document.on("change", ({ delta }) => {
    one.shown = one.shown.compose(delta);
  });
  document.on("replaced", () => {
    one.shown = document.content;
  });
  return one;
}

function plain(content: Delta): string {
  return content.ops.map(({ insert }) => (typeof insert === "string" ? insert : "*")).join("");
}

const token = await hostToken("r");
const made = await api("/api/v1/rooms/r/documents", token, "POST", { title: "Notes" });
const doc = String(made.id);
const link = async (role: string): Promise<string> =>
  String((await api(`/api/v1/documents/${doc}/links`, token, "POST", { role, ttl: "1h" })).token);

const ada = enter(token, "Ada", doc);
const bo = enter(await link("editor"), "Bo");
const [one, two] = [editor(ada.document), editor(bo.document)];
const pair = [ada.document, bo.document];
const agree = (): boolean =>
  pair.every(({ state, saved }) => state === "open" && saved) &&
  ada.document.version === bo.document.version &&
  isDeepStrictEqual(one.shown.ops, two.shown.ops);
await until(agree, "both open");
assert.equal(bo.title, "Notes");

// Both type at one place, and the line breaks in the middle of it.
for (let round = 0; round < 60; round += 1) {
  one.type(new Delta().retain(round % 7 ? 0 : one.shown.length() - 1).insert(`a${round} `));
  two.type(new Delta().retain(0).insert(round % 5 ? "😀" : "b\n", round % 3 ? {} : { bold: true }));
  // What stands there depends on what has come; of a pair of surrogates an editor never deletes one.
  const end = two.shown.length() - 3;
  if (round % 9 === 4 && end > 6 && !/[\uD800-\uDFFF]/.test(plain(two.shown).charAt(end)))
    two.type(new Delta().retain(end).delete(1));
  if (round === 20 || round === 40) cut();
  await new Promise((resolve) => setTimeout(resolve, 5));
}
await until(agree, "agreement after the line broke");
assert.equal(plain(one.shown).match(/😀/g)?.length, 48);

// A paste of many messages, then somebody who comes to what is too long for one.
one.type(new Delta().insert("a line of some length\n".repeat(10_000)));
await until(agree, "agreement on a large paste");
const cy = enter(await link("viewer"), "Cy");
const three = editor(cy.document);
await until(() => cy.document.state === "open", "the long document is read");
assert.deepEqual(three.shown.ops, one.shown.ops);

// Who may only read is told so, and sees what is there.
const refused: string[] = [];
cy.document.on("refused", ({ code }) => refused.push(code));
three.type(new Delta().insert("not mine"));
await until(() => refused.length > 0, "refusal");
assert.deepEqual([refused, three.shown.ops], [["forbidden"], one.shown.ops]);

// Comments stay on their words, cursors on their place; undo is one's own.
two.type(new Delta().insert("over here "));
await until(agree, "agreement");
const comment = await ada.document.comment(5, 4, "where?");
bo.document.setCursor(5, 4);
await until(() => ada.document.cursors.size === 1, "a cursor");
two.type(new Delta().insert("look "));
await until(agree, "agreement");
for (const { comments } of pair) {
  assert.deepEqual(
    comments.map(({ id, index, length, quote, author }) => [id, index, length, quote, author.identity]),
    [[comment, 10, 4, "here", "ada"]],
  );
}
assert.deepEqual(
  [...ada.document.cursors.values()].map(({ name, index, length }) => [name, index, length]),
  [["Bo", 10, 4]],
);
const answer = await bo.document.comment(10, 4, "there", comment);
await until(() => ada.document.comments.some(({ id }) => id === answer), "the answer");
assert.equal(ada.document.comments.find(({ id }) => id === answer)?.thread, comment);
await ada.document.updateComment(comment, { resolved: true });
await until(() => bo.document.comments.some(({ state }) => state === "resolved"), "resolved");
await bo.document.deleteComment(answer);
await until(() => ada.document.comments.length === 1, "deleted");
one.type(new Delta().insert("A "));
await until(agree, "agreement");
bo.document.undo();
await until(agree, "agreement on the undo");
assert.equal(plain(one.shown).slice(0, 8), "A a line");
assert.equal(ada.document.comments[0]?.length, 0);
bo.document.redo();
await until(agree, "agreement on the redo");
assert.equal(plain(one.shown).slice(0, 17), "A look over here ");

// Reviews, history, restore.
const review = await ada.document.requestReview("ada", Date.now() + 60_000);
await ada.document.updateReview(review, "approved", "good");
await until(() => bo.document.reviews[0]?.status === "approved", "the review");
assert.equal(bo.document.reviews[0]?.version, ada.document.version);
const { version } = ada.document;
const history = await bo.document.history(2, version);
assert.deepEqual(
  history.map((change) => change.version),
  Array.from({ length: version - 1 }, (_, at) => at + 2),
);
assert.deepEqual(new Set(history.map(({ author }) => author.name)), new Set(["Ada", "Bo"]));
const folded = history.reduce((content, { delta }) => content.compose(delta), new Delta().insert("\n"));
assert.deepEqual(folded.ops, one.shown.ops);
assert.deepEqual((await ada.document.contentAt(1)).ops, [{ insert: "\n" }]);
await ada.document.restore(1);
await until(agree, "agreement on the restored");
assert.deepEqual([plain(one.shown), ada.document.version], ["\n", version + 1]);

// Its owner deletes it.
await ada.document.http("", { method: "DELETE" });
await until(() => bo.document.state === "closed" && ada.document.state === "closed", "closed");
for (const session of [ada, bo, cy]) await session.close();
process.stdout.write(`agreed over ${version} versions\n`);
