/** What the server's lists of documents and boards say of each. */

import { roomPath } from "./http";

export interface TopicFacts {
  /** An identity: theirs to rename and delete. */
  readonly owner: string;
  /** UTC milliseconds since 1970. */
  readonly updatedAt: number;
}

/** Of all of a kind in a room, by id. Throws `RequestError`. */
export async function readFacts(
  http: (path: string) => Promise<Response>,
  room: string,
  kind: "documents" | "boards",
): Promise<ReadonlyMap<string, TopicFacts>> {
  const answer = await http(`${roomPath(room)}/${kind}?limit=500`);
  const listed = (await answer.json()) as Record<string, { id: string; owner: string; updated_at: number }[]>;
  return new Map(
    (listed[kind] ?? []).map(({ id, owner, updated_at }) => [id, { owner, updatedAt: updated_at }]),
  );
}
