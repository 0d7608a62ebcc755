// Answers strokes on standard input, a JSON array, with the outlines that npm's perfect-freehand gives them.
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const require = createRequire(new URL("../../../web/package.json", import.meta.url));
const { getStroke } = require("perfect-freehand");

const options = { thinning: 0.6, smoothing: 0.5, streamline: 0.5, simulatePressure: false, last: true };
const strokes = JSON.parse(await text(process.stdin));
console.log(JSON.stringify(strokes.map(({ points, size }) => getStroke(points, { ...options, size }))));
