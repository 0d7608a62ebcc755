/** What a new document can begin with. */

import type Delta from "quill-delta";

type Ops = Delta["ops"];

export interface Template {
  readonly name: string;
  /** One line about it. */
  readonly words: string;
  /** Null: nothing. */
  readonly ops: Ops | null;
}

type Line = readonly [text: string, attributes?: Record<string, unknown>];

const h1 = (text: string): Line => [text, { header: 1 }];
const h2 = (text: string): Line => [text, { header: 2 }];
const bullet = (text = ""): Line => [text, { list: "bullet" }];
const numbered = (text = ""): Line => [text, { list: "ordered" }];
const task = (text = ""): Line => [text, { list: "unchecked" }];
const plain = (text = ""): Line => [text];

export const TEMPLATES: readonly Template[] = [
  { name: "Blank", words: "An empty page", ops: null },
  {
    name: "Meeting notes",
    words: "Who was there, what was said, who does what",
    ops: written([
      h1("Meeting notes"),
      h2("Present"),
      bullet(),
      h2("Notes"),
      bullet(),
      h2("Decisions"),
      numbered(),
      h2("To do"),
      task("Who: what, until when"),
    ]),
  },
  {
    name: "Agenda",
    words: "Topics with their time",
    ops: written([
      h1("Agenda"),
      plain("Goal of this meeting: "),
      h2("Topics"),
      numbered("Welcome (5 min)"),
      numbered("First topic (15 min)"),
      numbered("Second topic (15 min)"),
      numbered("Next steps (5 min)"),
      h2("To prepare"),
      task(),
    ]),
  },
  {
    name: "Decision record",
    words: "What was decided, why, and what was not",
    ops: written([
      h1("Decision: "),
      h2("Context"),
      plain(),
      h2("Options"),
      numbered(),
      h2("Decision"),
      plain(),
      h2("Consequences"),
      bullet(),
    ]),
  },
  {
    name: "Retrospective",
    words: "What went well, what did not, what we try",
    ops: written([
      h1("Retrospective"),
      h2("Went well"),
      bullet(),
      h2("Could be better"),
      bullet(),
      h2("We try next"),
      task(),
    ]),
  },
  {
    name: "Project brief",
    words: "Goal, scope, people, milestones",
    ops: written([
      h1("Project brief"),
      h2("Goal"),
      plain(),
      h2("In scope"),
      bullet(),
      h2("Out of scope"),
      bullet(),
      h2("People"),
      bullet(),
      h2("Milestones"),
      task(),
    ]),
  },
];

/** Lines as a delta: attributes of a line stand on its end. */
function written(lines: readonly Line[]): Ops {
  const ops: Ops = [];
  for (const [text, attributes] of lines) {
    if (text !== "") ops.push({ insert: text });
    ops.push({ insert: "\n", ...(attributes ? { attributes } : {}) });
  }
  return ops;
}
