/** What the board says in words. */

import type { BoardState } from "../client/shared_board";

export function stateWords(state: BoardState, saved: boolean): string {
  switch (state) {
    case "opening":
      return "Opening…";
    case "offline":
      return saved ? "Offline" : "Offline: what you draw is kept and sent later";
    case "closed":
      return "Closed";
    case "open":
      return saved ? "Saved" : "Saving…";
  }
}

export function closedWords(code: string): string {
  switch (code) {
    case "forbidden":
      return "You may not see this board.";
    case "not_found":
      return "There is no such board.";
    case "deleted":
      return "This board was deleted.";
    default:
      return "This board was closed.";
  }
}

export function refusedWords(code: string): string {
  switch (code) {
    case "forbidden":
      return "You may not draw here: your last change was taken back.";
    case "too_large":
      return "That is more than a board may have: it was taken back.";
    case "rate_limited":
    case "unavailable":
      return "That did not work just now. Try again in a moment.";
    default:
      return "The board did not take your last change: it was taken back.";
  }
}

/** Why a board was not made, renamed or deleted. */
export function problemWords(code: string): string {
  switch (code) {
    case "forbidden":
      return "That is for the board’s owner or a host to do.";
    case "too_large":
      return "That is more than fits.";
    case "not_found":
      return "There is no such board any more.";
    default:
      return "That did not work. Try again in a moment.";
  }
}

/** Why a picture does not come onto the board. */
export function pictureWords(code: string): string {
  switch (code) {
    case "too_large":
      return "This picture is too large.";
    case "forbidden":
      return "You may not add pictures here.";
    case "bad_message":
      return "This is no picture that a board can show: PNG, JPEG, WebP or GIF.";
    default:
      return "The picture could not be stored. Try again in a moment.";
  }
}
