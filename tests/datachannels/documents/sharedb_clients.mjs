// ShareDB's own clients of one document, as they come from npm. Each line on standard input is what happens to
// one of them; the answer is a line that says what it sent since, and what it holds.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(new URL("../../../web/package.json", import.meta.url));
const { Connection, types } = require("sharedb/lib/client");
types.register(require("rich-text").type);

class Socket {
  readyState = 0;
  sent = [];
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close() {}
}

function makeClient() {
  const socket = new Socket();
  const connection = new Connection(socket);
  const doc = connection.get("documents", "d");
  connection.on("error", fail);
  doc.on("error", fail);
  doc.subscribe();
  return { connection, doc, socket };
}

function fail(error) {
  throw error;
}

const acts = {
  open(client) {
    client.socket.readyState = 1;
    client.socket.onopen();
  },
  receive(client, message) {
    client.socket.onmessage({ data: JSON.stringify(message) });
  },
  edit(client, delta) {
    client.doc.submitOp(delta, {}, (error) => error && fail(error));
  },
  cut(client) {
    client.socket.readyState = 3;
    client.socket.onclose("cut");
    client.socket = new Socket();
    client.connection.bindToSocket(client.socket);
  },
};

const clients = new Map();
for await (const line of createInterface({ input: process.stdin })) {
  const { name, act, value } = JSON.parse(line);
  if (!clients.has(name)) clients.set(name, makeClient());
  const client = clients.get(name);
  acts[act](client, value);
  await new Promise(setImmediate);
  const { doc, socket } = client;
  const holds = { version: doc.version, delta: doc.data ?? null, pending: doc.hasWritePending() };
  process.stdout.write(`${JSON.stringify({ sent: socket.sent.splice(0), ...holds })}\n`);
}
