/** Where a client without a token gets one: from a development node, or as a guest if the node takes guests. */

/** No token could be had; `code` is the server's, or `unreachable`. */
export class TokenError extends Error {
  override readonly name = "TokenError";
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export interface Person {
  room: string;
  name: string;
  /** Whoever has none is a new guest each time. */
  identity?: string;
  /** Only a development node grants a role that is asked for. */
  role?: string;
  /** The token of an invite link, for whoever has nothing else. */
  invitation?: string;
  /** As `https://meet.example`; the page's own server unless told. */
  server?: string;
}

/** Asks for a token: by an invite link, else as `--dev` gives it, else as a guest; throws `TokenError`. */
export async function requestToken(person: Person): Promise<string> {
  const query = new URLSearchParams({ room: person.room, name: person.name });
  if (person.identity) query.set("identity", person.identity);
  if (person.role) query.set("role", person.role);
  const server = person.server?.replace(/\/$/, "") ?? "";
  const { invitation } = person;
  // Development tokens are for the server's own page: the browser would not even let us read the refusal.
  const ownPage = server === "" || new URL(server, location.href).origin === location.origin;
  if (ownPage && invitation === undefined) {
    const dev = await ask(`${server}/api/v1/dev-token?${query}`, {});
    if (dev.ok) return tokenOf(dev);
  }
  const guest = await ask(`${server}/api/v1/rooms/${encodeURIComponent(person.room)}/guest`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      ...(invitation === undefined ? {} : { Authorization: `Bearer ${invitation}` }),
    },
    body: JSON.stringify({ name: person.name }),
  });
  if (guest.ok) return tokenOf(guest);
  const needed = "this server needs an invitation";
  const stale = "your invitation is not valid; it may have expired, so ask for a new link";
  throw new TokenError(await codeOf(guest), invitation === undefined ? needed : stale);
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch {
    throw new TokenError("unreachable", "the server does not answer");
  }
}

async function tokenOf(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => null);
  if (typeof body === "object" && body !== null && "token" in body && typeof body.token === "string") {
    return body.token;
  }
  throw new TokenError("bad_message", "the server gave no token");
}

/** An invite link: for anybody who has it, for the room it was made for. */
export interface InviteLink {
  url: string;
  /** UTC milliseconds since 1970. */
  expires_at: number;
}

/** Makes an invite link to a room, which needs a `token` that moderates it; throws `TokenError`. */
export async function requestLink(room: string, token: string, server = ""): Promise<InviteLink> {
  const made = await ask(`${server.replace(/\/$/, "")}/api/v1/rooms/${encodeURIComponent(room)}/links`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: "{}",
  });
  if (!made.ok) throw new TokenError(await codeOf(made), "the server made no invite link");
  return (await made.json()) as InviteLink;
}

/** The `code` of a problem document (RFC 9457). */
async function codeOf(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => null);
  const named = typeof body === "object" && body !== null && "code" in body && typeof body.code === "string";
  return named ? (body.code as string) : `http_${response.status}`;
}
