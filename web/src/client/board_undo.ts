/**
 * Undo and redo of one's own changes: what one did is taken back, never what others did since.
 *
 * A step remembers of every property what it was and what one made it. It is set back only where it still is what one
 * made it.
 */

import { type BoardElement, type Change, type Properties, same } from "./board_elements";

type Values = Record<string, unknown>;

/** What happened to one element in a step: values by property, `style.color` for a key of its style. */
interface Trace {
  before: Values | null;
  after: Values | null;
  /** Properties this step touched. */
  readonly touched: Set<string>;
}

interface Step {
  /** Changes of one gesture are one step; null: alone. */
  readonly gesture: string | null;
  readonly traces: Map<string, Trace>;
}

const MOST_STEPS = 200;

export type Look = (id: string) => BoardElement | undefined;

export class BoardUndo {
  private readonly done: Step[] = [];
  private readonly undone: Step[] = [];

  get canUndo(): boolean {
    return this.done.length > 0;
  }

  get canRedo(): boolean {
    return this.undone.length > 0;
  }

  /** Notes changes that are about to be made. `look` shows the board before them. */
  note(changes: readonly Change[], look: Look, after: Look, gesture: string | null): void {
    const last = this.done.at(-1);
    const step: Step =
      gesture !== null && last?.gesture === gesture ? last : { gesture, traces: new Map<string, Trace>() };
    for (const change of changes) {
      if (change.op === "page") continue;
      const trace = step.traces.get(change.id) ?? {
        before: valuesOf(look(change.id)),
        after: null,
        touched: new Set<string>(),
      };
      for (const name of touchedBy(change)) {
        // A property this step did not touch so far may have been changed by others since it began.
        if (!trace.touched.has(name) && trace.before) {
          trace.before[name] = valuesOf(look(change.id))?.[name];
        }
        trace.touched.add(name);
      }
      trace.after = valuesOf(after(change.id));
      step.traces.set(change.id, trace);
    }
    if (step.traces.size === 0) return;
    if (step !== last) this.done.push(step);
    if (this.done.length > MOST_STEPS) this.done.shift();
    this.undone.length = 0;
  }

  /** The changes that take back the last step; empty where others made it meaningless. */
  undo(look: Look): Change[] {
    return this.move(this.done, this.undone, look, (trace) => [trace.after, trace.before]);
  }

  redo(look: Look): Change[] {
    return this.move(this.undone, this.done, look, (trace) => [trace.before, trace.after]);
  }

  /** Forgets everything: the board is another one. */
  clear(): void {
    this.done.length = 0;
    this.undone.length = 0;
  }

  private move(
    from: Step[],
    to: Step[],
    look: Look,
    way: (trace: Trace) => [Values | null, Values | null],
  ): Change[] {
    for (let step = from.pop(); step; step = from.pop()) {
      const changes: Change[] = [];
      for (const [id, trace] of step.traces) {
        const [now, then] = way(trace);
        const change = changeBetween(id, valuesOf(look(id)), now, then, trace.touched);
        if (change) changes.push(change);
      }
      to.push({ ...step, gesture: null });
      // A step of which nothing is left would look like a key that does nothing.
      if (changes.length > 0) return changes;
    }
    return [];
  }
}

/** What makes an element that is `current`, and that one's own step made `now`, what it was `then`. */
function changeBetween(
  id: string,
  current: Values | null,
  now: Values | null,
  then: Values | null,
  touched: ReadonlySet<string>,
): Change | null {
  if (then === null) return current === null ? null : { op: "delete", id };
  if (now === null) return current === null ? { op: "restore", id } : null;
  // Somebody deleted it since: that is theirs to undo.
  if (current === null) return null;
  const props: Values = {};
  let style: Values | null = null;
  for (const name of touched) {
    if (!same(current[name], now[name]) || same(current[name], then[name])) continue;
    const value = then[name] ?? null;
    if (name.startsWith("style.")) {
      style ??= {};
      style[name.slice("style.".length)] = value;
    } else props[name] = value;
  }
  if (style) props.style = style;
  return Object.keys(props).length > 0 ? { op: "put", id, props: props as Properties } : null;
}

function touchedBy(change: Change): string[] {
  if (change.op !== "put") return [];
  return Object.entries(change.props).flatMap(([name, value]) =>
    name === "style" && value !== null ? Object.keys(value as object).map((key) => `style.${key}`) : [name],
  );
}

function valuesOf(element: BoardElement | undefined): Values | null {
  if (!element) return null;
  const { style, ...rest } = element;
  const values: Values = { ...rest };
  for (const [key, value] of Object.entries(style ?? {})) values[`style.${key}`] = value;
  return values;
}
