/** The lines of a recording's journal (docs/recording.md, "The journal"). */

export interface Line {
  /** Milliseconds since the recording began. */
  readonly at_ms: number;
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** In the order of their time; what is no line, a last one that was cut off say, is left out. */
export function readJournal(text: string): Line[] {
  const lines: Line[] = [];
  for (const written of text.split("\n")) {
    const line = readLine(written);
    if (line) lines.push(line);
  }
  // Sorting is stable: lines of one moment stay as they were written.
  return lines.sort((a, b) => a.at_ms - b.at_ms);
}

function readLine(written: string): Line | null {
  if (written === "") return null;
  try {
    const value: unknown = JSON.parse(written);
    if (typeof value !== "object" || value === null) return null;
    const { at_ms, kind } = value as Record<string, unknown>;
    return typeof at_ms === "number" && typeof kind === "string" ? (value as Line) : null;
  } catch {
    return null;
  }
}

export function textOf(line: Line, field: string): string {
  const value = line[field];
  return typeof value === "string" ? value : "";
}

export function listOf<Item>(line: Line, field: string): readonly Item[] {
  const value = line[field];
  return Array.isArray(value) ? value : [];
}
