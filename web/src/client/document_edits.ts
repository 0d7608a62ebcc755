/**
 * What was typed here and is not confirmed yet: one change on its way, and all typed since as one more.
 *
 * So an author is in one of three states: synchronized, awaiting confirmation, awaiting it with a buffer. What comes
 * from others is transformed over both, and both over it; theirs is committed and comes first.
 */

import Delta from "quill-delta";

/** A part of a change fills this share of a message, and may be longer by one piece of text. */
const PART = 1 / 2;
/** Of a message, in UTF-16 units: one unit takes six bytes at most. */
const PIECE = 1 / 16;

export class PendingEdits {
  /** The document with all that was made here. */
  content: Delta;
  inFlight: Delta | null = null;
  buffer = new Delta();

  /** `confirmed`: the document at the version last heard of; `messageBytes`: what a message may have. */
  constructor(
    public confirmed: Delta,
    private readonly messageBytes: number,
  ) {
    this.content = confirmed;
  }

  /** Whether the server has all. */
  get synchronized(): boolean {
    return this.inFlight === null && isEmpty(this.buffer);
  }

  /** Goes on with what was typed before, on top of the same version. Throws `RangeError` if it does not fit. */
  resume(inFlight: Delta | null, buffer: Delta): void {
    const content = applied(applied(this.confirmed, inFlight ?? new Delta()), buffer);
    if (!endsInLineBreak(content)) throw new RangeError("a document ends in a line break");
    this.inFlight = inFlight;
    this.buffer = buffer;
    this.content = content;
  }

  /** Types something; returns the change as it was taken. Throws `RangeError` if it does not fit. */
  make(change: Delta): Delta {
    const content = applied(this.content, change);
    if (!endsInLineBreak(content)) throw new RangeError("a document ends in a line break");
    const taken = touchesEnd(change, this.content) ? besideEnd(change, this.content) : change;
    this.content = content;
    this.buffer = this.buffer.compose(taken);
    return taken;
  }

  /** The next change to send, which then is in flight; null if there is none, or one is. */
  send(): Delta | null {
    if (this.inFlight !== null || isEmpty(this.buffer)) return null;
    [this.inFlight, this.buffer] = split(this.buffer, this.messageBytes);
    return this.inFlight;
  }

  /** What is in flight was committed as the next version; returns it as it was committed. */
  confirm(): Delta {
    const change = this.inFlight ?? new Delta();
    this.inFlight = null;
    this.confirmed = isEmpty(this.buffer) ? this.content : applied(this.confirmed, change);
    return change;
  }

  /** Somebody else's change is the next version; returns it as it applies to `content`. */
  receive(change: Delta): Delta {
    this.confirmed = applied(this.confirmed, change);
    let here = change;
    if (this.inFlight !== null) [this.inFlight, here] = pass(this.inFlight, here);
    [this.buffer, here] = pass(this.buffer, here);
    if (!this.synchronized) return this.apply(here);
    this.content = this.confirmed;
    return here;
  }

  /**
   * What is in flight was refused; returns the change of `content` that takes it out. If only its last line was
   * broken, by what others did meanwhile, it stays: what mends that is in the buffer, and both are sent as one.
   */
  takeBack(): Delta {
    const inFlight = this.inFlight ?? new Delta();
    this.inFlight = null;
    if (!isEmpty(mending(this.confirmed, inFlight))) {
      this.buffer = inFlight.compose(this.buffer);
      return new Delta();
    }
    let change = inFlight.invert(this.confirmed);
    [this.buffer, change] = pass(this.buffer, change);
    return this.apply(change);
  }

  private apply(change: Delta): Delta {
    const mend = mending(this.content, change);
    this.buffer = this.buffer.compose(mend);
    const mended = change.compose(mend);
    this.content = applied(this.content, mended);
    return mended;
  }
}

/** The document after a change. Throws `RangeError` if the change reaches beyond its end. */
export function applied(content: Delta, change: Delta): Delta {
  const result = content.compose(change);
  if (result.ops.some(({ insert }) => insert === undefined)) throw new RangeError("beyond the end");
  return result;
}

/** The line break that a document lacks at its end after a change; nothing if it has one. */
export function mending(content: Delta, change: Delta): Delta {
  const result = applied(content, change);
  return endsInLineBreak(result) ? new Delta() : new Delta().retain(result.length()).insert("\n");
}

/** As much of a change as fits a message, and the rest as it reads after that. */
export function split(change: Delta, messageBytes: number): [Delta, Delta] {
  const left = new Delta.OpIterator(change.ops);
  const first = new Delta();
  let bytes = 0;
  let length = 0;
  while (left.hasNext() && bytes < messageBytes * PART) {
    const piece = left.next(step(left, Math.floor(messageBytes * PIECE)));
    bytes += new TextEncoder().encode(JSON.stringify(piece)).length;
    first.push(piece);
    if (piece.delete === undefined) length += Delta.Op.length(piece);
  }
  const rest = new Delta().retain(length);
  while (left.hasNext()) rest.push(left.next());
  return [first.chop(), rest.chop()];
}

export function isEmpty(change: Delta): boolean {
  return change.ops.length === 0;
}

/** How much of an op to take at once: of long text a piece that ends between two characters. */
function step(left: InstanceType<typeof Delta.OpIterator>, most: number): number {
  const { insert } = left.peek();
  const length = left.peekLength();
  if (typeof insert !== "string" || length <= most) return length;
  const last = insert.charCodeAt(insert.length - length + most - 1);
  return last >= 0xd800 && last < 0xdc00 ? most - 1 : most;
}

/** Each as it reads after the other; `other` comes first. */
function pass(own: Delta, other: Delta): [Delta, Delta] {
  return [other.transform(own, true), own.transform(other, false)];
}

function endsInLineBreak({ ops }: Delta): boolean {
  const last = ops.at(-1)?.insert;
  return typeof last === "string" && last.endsWith("\n");
}

/** How much of the document a change walks over. */
function baseLength(change: Delta): number {
  return change.reduce((length, op) => length + (op.insert === undefined ? Delta.Op.length(op) : 0), 0);
}

/** Whether a change deletes the last line break or inserts after it. */
function touchesEnd(change: Delta, content: Delta): boolean {
  const last = change.ops.at(-1);
  return last !== undefined && last.retain === undefined && baseLength(change) >= content.length();
}

/**
 * A change that does the same and leaves the last line break alone: only such can meet any other, and the document
 * still ends in one. (By hand: the algorithm below `Delta.diff` does not end on some texts with surrogates.)
 */
function besideEnd({ ops }: Delta, content: Delta): Delta {
  let at = ops.length;
  while (at > 0 && ops[at - 1]?.retain === undefined) at -= 1;
  const [head, tail] = [ops.slice(0, at), ops.slice(at)];
  const inserted = new Delta(tail.filter(({ insert }) => insert !== undefined));
  const deleted = tail.reduce((length, op) => length + (op.delete ?? 0), 0);
  const old = content.ops.at(-1)?.attributes;
  let last = inserted.ops.at(-1)?.attributes;
  const result = new Delta();
  if (isEmpty(inserted) || deleted === 0) {
    // The line break before what is inserted or deleted takes the place of the last one, or gives way to it.
    const kept = head.pop()?.retain as number;
    const format = ops[at - 1]?.attributes;
    const place = baseLength(new Delta(head)) + kept - 1;
    const line = Delta.AttributeMap.compose(content.slice(place, place + 1).ops[0]?.attributes, format);
    for (const op of head) result.push(op);
    result.retain(kept - 1, format);
    if (deleted === 0) result.insert("\n", line);
    else last = line;
  } else for (const op of head) result.push(op);
  for (const op of inserted.slice(0, inserted.length() - 1).ops) result.push(op);
  result.delete(isEmpty(inserted) ? deleted : deleted - 1);
  return result.retain(1, Delta.AttributeMap.diff(old, last)).chop();
}
