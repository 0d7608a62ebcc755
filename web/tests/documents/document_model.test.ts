import { signal } from "@preact/signals";
import Delta from "quill-delta";
import { beforeEach, describe, expect, test } from "vitest";
import type { DocumentEvents, PlacedComment, SharedDocument } from "../../src/client/document";
import { Emitter } from "../../src/client/emitter";
import { RequestError } from "../../src/client/signaling";
import { DocumentModel, type Rights } from "../../src/documents/document_model";

/** A document that is nothing but its content and comments. */
class Paper {
  readonly events = new Emitter<DocumentEvents>();
  state = "open";
  closedBecause = "";
  saved = true;
  version = 1;
  canUndo = false;
  canRedo = false;
  content = new Delta().insert("The quick brown fox\n");
  comments: PlacedComment[] = [];
  reviews = [];
  cursors = new Map();
  /** What was asked of it. */
  readonly asked: unknown[][] = [];
  refusal = "";

  on: SharedDocument["on"] = (name, listener) => this.events.on(name, listener);

  comment(...request: unknown[]): Promise<string> {
    return this.take(["comment", ...request], "c1");
  }

  updateComment(...request: unknown[]): Promise<void> {
    return this.take(["update", ...request], undefined);
  }

  /** Somebody else changed the text. */
  change(delta: Delta): void {
    this.content = this.content.compose(delta);
    this.version += 1;
    this.events.emit("change", { delta, own: false });
  }

  private take<Answer>(request: unknown[], answer: Answer): Promise<Answer> {
    this.asked.push(request);
    return this.refusal === ""
      ? Promise.resolve(answer)
      : Promise.reject(new RequestError(this.refusal, "refused"));
  }
}

const drawn = () => new Promise<void>((resolve) => queueMicrotask(() => queueMicrotask(resolve)));

let paper: Paper;
let model: DocumentModel;
const rights = signal<Rights>({ edit: true, comment: true, moderate: false });

beforeEach(() => {
  paper = new Paper();
  rights.value = { edit: true, comment: true, moderate: false };
  model = new DocumentModel({
    shared: paper as unknown as SharedDocument,
    title: signal("Notes"),
    self: signal({ identity: "ada", name: "Ada" }),
    people: signal([{ id: "pa_2", identity: "bo", name: "Bo" }]),
    rights,
    rename: () => Promise.resolve(),
    close: null,
  });
});

function placed(id: string, fields: Partial<PlacedComment> = {}): PlacedComment {
  return {
    ...{ id, thread: id, author: { identity: "cy", name: "Cy" }, text: "?", index: 4, length: 5 },
    ...{ quote: "quick", state: "open", at: 1, updatedAt: 1 },
    ...fields,
  } as PlacedComment;
}

describe("a comment that is begun", () => {
  test("moves with its words until it is said", async () => {
    model.look({ index: 4, length: 5 });
    model.beginComment();
    expect(model.draft.value).toEqual({ index: 4, length: 5, quote: "quick" });
    paper.change(new Delta().insert("See: "));
    paper.change(new Delta().retain(14).insert("ly"));
    expect(await model.comment("why?")).toBe(true);
    expect(paper.asked).toEqual([["comment", 9, 5, "why?"]]);
    expect(model.draft.value).toBeNull();
    expect(model.focus.value).toBe("c1");
  });

  test("is begun on the words that were selected, whatever others write before them meanwhile", () => {
    model.look({ index: 4, length: 5 });
    paper.change(new Delta().insert("See: "));
    model.beginComment();
    expect(model.draft.value).toEqual({ index: 9, length: 5, quote: "quick" });
  });

  test("moves with what one types oneself, as does the cursor", async () => {
    model.look({ index: 4, length: 5 });
    model.beginComment();
    const typed = new Delta().insert("See: ");
    paper.content = typed.compose(paper.content);
    model.edited(typed, { index: 5, length: 0 });
    expect(model.selection.value).toEqual({ index: 5, length: 0 });
    await model.comment("why?");
    expect(paper.asked).toEqual([["comment", 9, 5, "why?"]]);
  });

  test("cannot be said once its words are gone", async () => {
    model.look({ index: 4, length: 5 });
    model.beginComment();
    paper.change(new Delta().retain(3).delete(8));
    expect(await model.comment("why?")).toBe(false);
    expect(paper.asked).toEqual([]);
    expect(model.problem.value).toContain("gone");
  });

  test("stays where it was refused, and why is said", async () => {
    paper.refusal = "too_large";
    model.look({ index: 4, length: 5 });
    model.beginComment();
    expect(await model.comment("why?")).toBe(false);
    expect(model.draft.value?.quote).toBe("quick");
    expect(model.problem.value).toContain("too large");
  });

  test.each([
    ["nothing", { index: 4, length: 0 }, true],
    ["white space", { index: 3, length: 1 }, true],
    ["words one may not comment on", { index: 4, length: 5 }, false],
  ])("is not begun on %s", (_, place, comment) => {
    rights.value = { ...rights.value, comment };
    model.look(place);
    model.beginComment();
    expect(model.draft.value).toBeNull();
  });
});

describe("threads", () => {
  test("come forward where the cursor is, and go when it leaves", async () => {
    paper.comments = [placed("a"), placed("b", { index: 16, length: 3 })];
    paper.events.emit("notes", {});
    await drawn();
    model.look({ index: 6, length: 0 });
    expect(model.focus.value).toBe("a");
    model.look({ index: 12, length: 0 });
    expect(model.focus.value).toBeNull();
  });

  test("whose text is gone are answered on what stands there now", async () => {
    paper.comments = [placed("a", { index: 19, length: 0, state: "detached" })];
    paper.events.emit("notes", {});
    await drawn();
    const [thread] = model.threads.value;
    if (thread) await model.reply(thread, "still?");
    expect(paper.asked).toEqual([["comment", 19, 1, "still?", "a"]]);
    expect(model.openThreads.value).toBe(1);
  });

  test("are named by who wrote, oneself as You", async () => {
    paper.comments = [placed("a")];
    paper.events.emit("notes", {});
    await drawn();
    expect(["ada", "bo", "cy", "dee"].map((identity) => model.nameOf(identity))).toEqual([
      "You",
      "Bo",
      "Cy",
      "dee",
    ]);
  });
});

describe("what one may", () => {
  test("is to read, once the server refuses to take what was typed", () => {
    expect(model.mayEdit.value).toBe(true);
    paper.events.emit("refused", { code: "forbidden" });
    expect(model.mayEdit.value).toBe(false);
    expect(model.problem.value).toContain("only read");
    rights.value = { ...rights.value, edit: false };
    rights.value = { ...rights.value, edit: true };
    expect(model.mayEdit.value).toBe(true);
  });

  test("is nothing in a document that was deleted", async () => {
    paper.state = "closed";
    paper.closedBecause = "deleted";
    paper.events.emit("state", {});
    await drawn();
    expect(model.closed.value).toBe("This document was deleted.");
    expect([model.mayEdit.value, model.mayComment.value]).toEqual([false, false]);
  });
});
