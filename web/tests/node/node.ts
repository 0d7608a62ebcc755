/** A whole node to test clients against: its address is the script's first argument. */

import { WebSocket as NodeSocket } from "ws";
import { request } from "../../src/client/http";

export const url = process.argv[2] ?? "";

const sockets = new Set<NodeSocket>();

/** A socket that `cut` can reach. */
class CuttableSocket extends NodeSocket {
  constructor(address: string, protocol: string) {
    super(address, protocol);
    sockets.add(this);
    this.on("close", () => sockets.delete(this));
  }
}

export const Socket = CuttableSocket as unknown as typeof WebSocket;

/** Breaks ways to the node at once: all, or those that `chosen` picks. */
export function cut(chosen: () => boolean = () => true): void {
  for (const socket of sockets) if (chosen()) socket.terminate();
}

export async function until(holds: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 30_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** What the node answers to a request of its HTTP API. */
export async function api(
  path: string,
  token: string,
  method = "GET",
  body?: object,
): Promise<Record<string, unknown>> {
  const init = body ? { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } } : {};
  const response = await request(`${url.replace("http", "ws")}/rtc`, token, path, { method, ...init });
  return (await response.json()) as Record<string, unknown>;
}

/** A token of somebody in a room, of Ada unless told. */
export async function hostToken(room: string, name = "Ada"): Promise<string> {
  const who = new URLSearchParams({ room, name, identity: name.toLowerCase(), role: "host" });
  const answer = await fetch(`${url}/api/v1/dev-token?${who}`);
  return ((await answer.json()) as { token: string }).token;
}
