import fc from "fast-check";
import Delta from "quill-delta";
import { expect, test } from "vitest";
import { DocumentCursors, placeBefore } from "../../src/client/document_cursors";
import { applied, PendingEdits, split } from "../../src/client/document_edits";
import { Undo } from "../../src/client/document_undo";
import { changeOf, type Plan, plan, unitsOf } from "./random_deltas";

const start = new Delta().insert("one\ntwo 😀").insert("three", { bold: true }).insert("\n", { header: 1 });
const document = fc.array(plan, { maxLength: 4 }).map((plans) => plans.reduce(changed, start));

function changed(content: Delta, steps: Plan): Delta {
  return content.compose(changeOf(steps, content));
}

test("the committed change comes first: left at one place, and its attribute wins", () => {
  const edits = new PendingEdits(new Delta().insert("x\n"), 65_536);
  edits.make(new Delta().insert("own").retain(1, { bold: true }));
  edits.receive(new Delta().insert("their").retain(1, { bold: false }));
  expect(edits.content.ops).toEqual([
    { insert: "theirown" },
    { insert: "x", attributes: { bold: false } },
    { insert: "\n" },
  ]);
});

test("what is in flight, waits and comes from others makes the same in any order", () => {
  fc.assert(
    fc.property(document, plan, plan, plan, (content, first, second, theirs) => {
      const edits = new PendingEdits(content, 65_536);
      edits.make(changeOf(first, edits.content));
      edits.send();
      edits.make(changeOf(second, edits.content));
      const told = edits.content;
      const here = edits.receive(changeOf(theirs, content));
      expect(told.compose(here).ops).toEqual(edits.content.ops);
      const pending = (edits.inFlight ?? new Delta()).compose(edits.buffer);
      expect(edits.confirmed.compose(pending).ops).toEqual(edits.content.ops);
    }),
    { numRuns: 200 },
  );
});

test("a change that replaces the end is taken as one that leaves the last line break alone", () => {
  fc.assert(
    fc.property(document, document, plan, fc.nat(), fc.nat(2), (content, other, steps, share, how) => {
      const length = content.length();
      // An edge of an op cuts no character; one of a line leaves a line break before it.
      const edge = content.ops.slice(0, share % content.ops.length).reduce(lengthOf, 0);
      const line = unitsOf(content).lastIndexOf("\n", length - 2) + 1;
      let end = new Delta()
        .retain(edge)
        .concat(other)
        .delete(length - edge);
      if (how === 1) end = new Delta().retain(length, { bold: true }).concat(other);
      if (how === 2 && line > 0) end = new Delta().retain(line, { quote: true }).delete(length - line);
      const change = end.compose(changeOf(steps, content.compose(end)));
      const edits = new PendingEdits(content, 65_536);
      const taken = edits.make(change);
      expect(edits.content.ops).toEqual(content.compose(change).ops);
      expect(content.compose(taken).ops).toEqual(edits.content.ops);
      // It may meet somebody who types before the last line break.
      const their = new Delta().retain(length - 1).insert("typed");
      expect(unitsOf(content.compose(their).compose(their.transform(taken, true)))).toMatch(/\n$/);
    }),
    { numRuns: 200 },
  );
});

test("the parts of a long change fit a message, and make what it makes", () => {
  const words = "😀ab\n".repeat(400);
  fc.assert(
    fc.property(document, plan, fc.constantFrom(1_024, 4_096), (content, steps, bytes) => {
      const long = new Delta().insert(words).insert(words, { bold: true });
      const whole = long.compose(changeOf(steps, content.compose(long)));
      let [made, left] = [content, whole];
      while (left.ops.length > 0) {
        const [part, rest] = split(left, bytes);
        expect(new TextEncoder().encode(JSON.stringify(part)).length).toBeLessThan(bytes);
        expect(JSON.stringify(part)).not.toMatch(/\\ud[89a-f]/);
        made = applied(made, part);
        left = rest;
      }
      expect(made.ops).toEqual(content.compose(whole).ops);
    }),
    { numRuns: 40 },
  );
});

test("undoing all leaves what others did, redoing all brings back all", () => {
  fc.assert(
    fc.property(
      document,
      fc.array(fc.tuple(fc.boolean(), plan), { maxLength: 8, size: "max" }),
      (first, acts) => {
        const undo = new Undo();
        let [content, theirs] = [first, first];
        let now = 0;
        for (const [own, steps] of acts) {
          const change = changeOf(steps, content);
          // Others only insert marked words, so that each can be found again.
          now += 700;
          if (own) undo.record(change, content, now);
          else undo.follow(new Delta().insert(`<${now}>`));
          content = content.compose(own ? change : new Delta().insert(`<${now}>`));
          if (!own) theirs = theirs.compose(new Delta().insert(`<${now}>`));
        }
        const done = content;
        for (let step = undo.undo(content); step; step = undo.undo(content)) content = content.compose(step);
        expect(sorted(content)).toEqual(sorted(theirs));
        for (let step = undo.redo(content); step; step = undo.redo(content)) content = content.compose(step);
        expect(sorted(content)).toEqual(sorted(done));
      },
    ),
    { numRuns: 100 },
  );
});

test("a place is found again in the document before a change", () => {
  fc.assert(
    fc.property(document, plan, fc.nat(), (content, steps, share) => {
      const change = changeOf(steps, content);
      const after = content.compose(change).length();
      const place = share % after;
      const before = placeBefore(change, place);
      expect(before).toBeGreaterThanOrEqual(0);
      expect(before).toBeLessThan(content.length());
      // Where it comes from is next to where it stands, but for what was inserted there.
      expect(change.transformPosition(before, true)).toBeLessThanOrEqual(place);
      expect(change.transformPosition(before, false)).toBeGreaterThanOrEqual(place);
    }),
    { numRuns: 300 },
  );
});

test("a cursor of another version is moved to ours, or waits for it", () => {
  const cursors = new DocumentCursors();
  const ada = { participant: "pa_1", identity: "ada", name: "Ada" };
  const at = (): number | undefined => cursors.placed([], 100).get("pa_1")?.index;
  cursors.reset(1);
  cursors.committed(2, new Delta().insert("12345"), "bo");
  cursors.tell(ada, { version: 1, index: 3, length: 0 }, 0);
  expect(at()).toBe(8);
  cursors.tell(ada, { version: 3, index: 9, length: 0 }, 0);
  expect(at()).toBe(undefined);
  cursors.committed(3, new Delta().insert("1"), "bo");
  expect(at()).toBe(9);
  cursors.committed(4, new Delta().retain(9).insert("ada types"), "ada");
  expect(at()).toBe(18);
  cursors.committed(5, new Delta().retain(18).insert("bo types"), "bo");
  expect(at()).toBe(18);
});

function lengthOf(sum: number, op: object): number {
  return sum + Delta.Op.length(op);
}

function sorted(content: Delta): string[] {
  return [...unitsOf(content)].sort();
}
