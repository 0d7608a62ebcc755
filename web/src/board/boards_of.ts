/** The boards of a meeting: one object, however often they are looked at. */

import type { Meeting } from "../client";
import { Boards } from "../client/boards";

const known = new WeakMap<Meeting, Boards>();

export function boardsOf(meeting: Meeting): Boards {
  let boards = known.get(meeting);
  if (!boards) {
    boards = new Boards(meeting);
    known.set(meeting, boards);
  }
  return boards;
}
