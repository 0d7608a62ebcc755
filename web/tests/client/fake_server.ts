/** A WebSocket server on loopback that plays the node's side of signaling in tests. */

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

export type Message = Record<string, unknown>;

/** The node's end of one client's socket. */
export class Peer {
  private readonly received: Message[] = [];
  private readonly wanted: ((message: Message) => void)[] = [];
  readonly closed: Promise<number>;

  constructor(readonly socket: WebSocket) {
    socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as Message;
      const wanted = this.wanted.shift();
      if (wanted) wanted(message);
      else this.received.push(message);
    });
    this.closed = new Promise((resolve) => socket.on("close", resolve));
  }

  /** The next message of the client, in order. */
  next(): Promise<Message> {
    const message = this.received.shift();
    return message ? Promise.resolve(message) : new Promise((resolve) => this.wanted.push(resolve));
  }

  send(message: unknown): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }
}

export class FakeServer {
  private constructor(private readonly server: WebSocketServer) {}

  static async start(): Promise<FakeServer> {
    const server = new WebSocketServer({
      host: "127.0.0.1",
      port: 0,
      handleProtocols: (offered) => (offered.has("sfumato.v1") ? "sfumato.v1" : false),
    });
    await once(server, "listening");
    return new FakeServer(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/rtc`;
  }

  /** Resolves with the next client; ask before it connects. */
  async client(): Promise<Peer> {
    const [socket] = await once(this.server, "connection");
    return new Peer(socket as WebSocket);
  }

  async stop(): Promise<void> {
    for (const client of this.server.clients) client.terminate();
    this.server.close();
    await once(this.server, "close");
  }
}
