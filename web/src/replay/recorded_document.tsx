/** A document as it was at the moment, with its comments. */

import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type Quill from "quill/core";
import { forQuill, makePreview } from "../documents/quill_setup";
import { type Thread, threadsOf } from "../documents/threads";
import "../documents/text.css";
import { Delta } from "quill/core";
import { RecordedComments } from "./recorded_comments";
import type { ReplayModel } from "./replay_model";
import type { DocumentTopic } from "./topics";

export function RecordedDocument({
  model,
  topic,
}: {
  model: ReplayModel;
  topic: DocumentTopic;
}): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const quill = useRef<Quill | null>(null);
  const shown = useRef({ text: -1, comments: -1 });
  const threads = useSignal<readonly Thread[]>([]);
  /** Grows whenever the text is drawn anew. */
  const drawn = useSignal(0);
  const show = (atMs: number) => {
    const state = topic.content.at(atMs);
    const comments = topic.comments.at(atMs);
    if (!quill.current) return;
    if (topic.content.count !== shown.current.text) {
      shown.current.text = topic.content.count;
      quill.current.setContents(forQuill(new Delta(state?.content.ops ?? [{ insert: "\n" }])), "silent");
      drawn.value += 1;
    }
    if (topic.comments.count !== shown.current.comments) {
      shown.current.comments = topic.comments.count;
      threads.value = threadsOf([...comments.values()]);
    }
  };
  useEffect(() => {
    if (!place.current) return;
    quill.current = makePreview(place.current, topic.title);
    shown.current = { text: -1, comments: -1 };
    show(model.shownMs.peek());
    return () => {
      quill.current = null;
    };
  }, [topic]);
  useSignalEffect(() => show(model.shownMs.value));
  const commented = threads.value.length > 0;
  return (
    <div class={commented ? "recorded-document commented" : "recorded-document"}>
      <div class="recorded-text">
        <div class="paper past">
          <div ref={place} />
        </div>
      </div>
      {commented && (
        <RecordedComments
          threads={threads.value}
          quill={quill.current}
          drawn={drawn.value}
          now={model.manifest.started_at + model.shownMs.value}
        />
      )}
    </div>
  );
}
