// Answers each line of cases on standard input with what npm's quill-delta makes of them.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(new URL("../../../web/package.json", import.meta.url));
const Delta = require("quill-delta");

const read = (ops) => new Delta(ops);
// Its own results are not always in the form that its `push` gives.
const write = (delta) => delta.ops.reduce((whole, op) => whole.push(op), new Delta()).chop().ops;

function answer({ document, a, b, next, positions, inverse, other, difference }) {
  const [base, first, second] = [read(document), read(a), read(b)];
  const after = base.compose(first);
  return {
    applied: write(after),
    composed: write(first.compose(read(next))),
    over_first: write(first.transform(second, true)),
    over_second: write(first.transform(second, false)),
    moves: positions.map((position) => first.transformPosition(position, false)),
    stays: positions.map((position) => first.transformPosition(position, true)),
    undone: write(after.compose(read(inverse))),
    differs: write(base.compose(read(difference))),
    other: write(read(other)),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(JSON.parse(line).map(answer))}\n`);
}
