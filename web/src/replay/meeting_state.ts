/** Who was there and what they showed: the journal folded. States are never altered. */

import type { Mark } from "../client/annotations";
import { type Line, listOf, textOf } from "./journal";
import type { Manifest } from "./manifest";
import type { Rules } from "./seekable";

export interface Person {
  readonly id: string;
  readonly identity: string;
  readonly name: string;
  readonly hand: boolean;
}

export interface PublishedTrack {
  readonly id: string;
  readonly participant: string;
  readonly source: string;
  readonly muted: boolean;
  /** By participant and id, the oldest first; `endsAt` on the recording's clock. */
  readonly marks: ReadonlyMap<string, Mark>;
}

export interface MeetingState {
  readonly people: ReadonlyMap<string, Person>;
  readonly tracks: ReadonlyMap<string, PublishedTrack>;
  /** The loudest first. */
  readonly speakers: readonly string[];
}

export const NOBODY: MeetingState = { people: new Map(), tracks: new Map(), speakers: [] };

const KINDS = new Set([
  ...["joined", "renamed", "left", "hand", "published", "muted", "unpublished", "speakers"],
  ...["marks", "draw", "erase", "clear", "seen"],
]);

/** The lines that matter here, and what the files say where the journal is silent. */
export function meetingLines(manifest: Manifest, journal: readonly Line[]): Line[] {
  const byFiles = manifest.tracks.flatMap(({ id: track, participant, identity, name, source, files }) => {
    const [first] = files;
    if (!first) return [];
    const whose = { track, participant: participant || name, identity, name, source };
    return [{ at_ms: first.offset_ms, kind: "seen", ...whose }];
  });
  const told = journal.filter(({ kind }) => KINDS.has(kind));
  return [...told, ...byFiles].sort((a, b) => a.at_ms - b.at_ms);
}

export const MEETING_RULES: Rules<MeetingState> = {
  initial: () => NOBODY,
  apply: (state, line) => APPLY[line.kind]?.(state, line) ?? state,
};

const APPLY: Record<string, (state: MeetingState, line: Line) => MeetingState> = {
  joined: (state, line) => withPerson(state, personOf(line)),
  renamed: (state, line) => changed(state, line, { name: textOf(line, "name") }),
  hand: (state, line) => changed(state, line, { hand: line.raised === true }),
  left: (state, line) => {
    const who = textOf(line, "participant");
    const tracks = new Map([...state.tracks].filter(([, track]) => track.participant !== who));
    return { ...state, people: without(state.people, who), tracks };
  },
  published: (state, line) => withTrack(state, trackOf(line)),
  muted: (state, line) => {
    const track = state.tracks.get(textOf(line, "track"));
    return track ? withTrack(state, { ...track, muted: line.muted === true }) : state;
  },
  unpublished: (state, line) => ({ ...state, tracks: without(state.tracks, textOf(line, "track")) }),
  speakers: (state, line) => ({ ...state, speakers: listOf<string>(line, "speakers") }),
  seen: (state, line) => {
    const { people, tracks } = state;
    const next = people.has(textOf(line, "participant")) ? state : withPerson(state, personOf(line));
    return tracks.has(textOf(line, "track")) ? next : withTrack(next, trackOf(line));
  },
  marks: (state, line) =>
    marked(state, line, () => {
      const marks = listOf<Record<string, unknown>>(line, "marks");
      return new Map(marks.map((mark) => markOf(line.at_ms, mark)).map((mark) => [keyOf(mark), mark]));
    }),
  draw: (state, line) =>
    marked(state, line, (marks) => {
      const mark = markOf(line.at_ms, line);
      // Nobody takes away what fades: copied with every line, the marks of an hour would cost seconds.
      const left = [...marks].filter(([, { endsAt }]) => endsAt === null || endsAt > line.at_ms);
      return new Map(left).set(keyOf(mark), mark);
    }),
  erase: (state, line) =>
    marked(state, line, (marks) =>
      without(marks, keyOf({ participant: textOf(line, "participant"), id: textOf(line, "mark") })),
    ),
  clear: (state, line) =>
    marked(
      state,
      line,
      (marks) =>
        new Map(
          [...marks].filter(([, mark]) => line.scope === "own" && mark.participant !== line.participant),
        ),
    ),
};

function personOf(line: Line): Person {
  return {
    id: textOf(line, "participant"),
    identity: textOf(line, "identity"),
    name: textOf(line, "name"),
    hand: false,
  };
}

function trackOf(line: Line): PublishedTrack {
  return {
    id: textOf(line, "track"),
    participant: textOf(line, "participant"),
    source: textOf(line, "source"),
    muted: line.muted === true,
    marks: new Map(),
  };
}

function markOf(atMs: number, said: Record<string, unknown>): Mark {
  const fadeMs = typeof said.fade_ms === "number" ? said.fade_ms : null;
  const done = said.done !== false;
  return {
    id: String(said.mark),
    participant: String(said.participant),
    tool: said.tool as Mark["tool"],
    color: String(said.color),
    width: Number(said.width),
    points: Array.isArray(said.points) ? said.points.map(Number) : [],
    text: typeof said.text === "string" ? said.text : "",
    fadeMs,
    done,
    endsAt: fadeMs !== null && done ? atMs + fadeMs : null,
  };
}

function keyOf({ participant, id }: Pick<Mark, "participant" | "id">): string {
  return `${participant} ${id}`;
}

function withPerson(state: MeetingState, person: Person): MeetingState {
  return { ...state, people: new Map(state.people).set(person.id, person) };
}

function withTrack(state: MeetingState, track: PublishedTrack): MeetingState {
  return { ...state, tracks: new Map(state.tracks).set(track.id, track) };
}

function changed(state: MeetingState, line: Line, change: Partial<Person>): MeetingState {
  const person = state.people.get(textOf(line, "participant"));
  return person ? withPerson(state, { ...person, ...change }) : state;
}

function marked(
  state: MeetingState,
  line: Line,
  change: (marks: PublishedTrack["marks"]) => PublishedTrack["marks"],
): MeetingState {
  const track = state.tracks.get(textOf(line, "track"));
  return track ? withTrack(state, { ...track, marks: change(track.marks) }) : state;
}

function without<Value>(map: ReadonlyMap<string, Value>, key: string): ReadonlyMap<string, Value> {
  const next = new Map(map);
  next.delete(key);
  return next;
}
