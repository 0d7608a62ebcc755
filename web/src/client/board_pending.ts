/** Changes of one's own that wait to be sent: few and small, whatever happened while they waited. */

import type { Change, Properties, Style } from "./board_elements";

/** The server takes at most 2 000 in a message. */
const MOST_CHANGES = 1_500;

export class WaitingChanges {
  private changes: Change[] = [];

  get all(): readonly Change[] {
    return this.changes;
  }

  /** Adds a change. A put on what waits already becomes part of it: of a long drag only its end is sent. */
  add(change: Change): void {
    if (change.op === "put") {
      const at = this.changes.map(({ id }) => id).lastIndexOf(change.id);
      const before = this.changes[at];
      if (before?.op === "put") {
        this.changes[at] = { op: "put", id: change.id, props: merged(before.props, change.props) };
        return;
      }
    }
    this.changes.push(change);
  }

  /** Takes the oldest changes that fit into one message; at least one if there is any. */
  take(mostBytes: number): Change[] {
    const taken: Change[] = [];
    let bytes = 0;
    for (const change of this.changes) {
      bytes += bytesOf(change);
      if (taken.length > 0 && (bytes > mostBytes || taken.length >= MOST_CHANGES)) break;
      taken.push(change);
    }
    this.changes = this.changes.slice(taken.length);
    return taken;
  }
}

function merged(before: Properties, after: Properties): Properties {
  const style = after.style && before.style ? { ...before.style, ...after.style } : after.style;
  return { ...before, ...after, ...(style === undefined ? {} : { style: style as Style }) };
}

/** As JSON in UTF-8, at most. */
function bytesOf(change: Change): number {
  const json = JSON.stringify(change);
  // Only text can be beyond ASCII; three bytes a code unit is the worst.
  return change.op === "put" && change.props.text ? json.length + 2 * change.props.text.length : json.length;
}
