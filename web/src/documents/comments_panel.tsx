/** All comments as a list: open, resolved, and those whose text is gone. */

import type { JSX } from "preact";
import type { DocumentModel } from "./document_model";
import { SidePanel } from "./side_panel";
import type { TextEditor } from "./text_editor";
import { ThreadCard, ThreadDraft } from "./thread_card";
import type { ThreadFilter } from "./threads";

const FILTERS: readonly (readonly [ThreadFilter, string])[] = [
  ["open", "Open"],
  ["resolved", "Resolved"],
  ["all", "All"],
];

export function CommentsPanel(props: { model: DocumentModel; editor: TextEditor | null }): JSX.Element {
  const { model, editor } = props;
  const threads = model.shownThreads.value;
  return (
    <SidePanel model={model} title="Comments">
      <div class="segments" role="radiogroup" aria-label="Which comments">
        {FILTERS.map(([filter, words]) => (
          <label key={filter}>
            <input
              type="radio"
              name="comment-filter"
              checked={model.filter.value === filter}
              onChange={() => {
                model.filter.value = filter;
              }}
            />
            <span>{words}</span>
          </label>
        ))}
      </div>
      {model.draft.value && <ThreadDraft model={model} />}
      {threads.map((thread) => (
        <ThreadCard
          key={thread.id}
          model={model}
          thread={thread}
          quoted
          open={thread.id === model.focus.value}
          onChoose={() => {
            if (model.focus.peek() !== thread.id) editor?.reveal(thread);
            model.focus.value = thread.id;
          }}
        />
      ))}
      {threads.length === 0 && !model.draft.value && (
        <p class="nothing">
          {model.filter.value === "resolved"
            ? "Nothing is resolved yet."
            : "Select some words and press the bubble beside them to comment."}
        </p>
      )}
    </SidePanel>
  );
}
