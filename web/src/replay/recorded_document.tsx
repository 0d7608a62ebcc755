/** A document as it was at the moment. */

import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type Quill from "quill/core";
import { forQuill, makePreview } from "../documents/quill_setup";
import "../documents/text.css";
import { Delta } from "quill/core";
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
  const shown = useRef(-1);
  const show = (atMs: number) => {
    const state = topic.content.at(atMs);
    if (!quill.current || topic.content.count === shown.current) return;
    shown.current = topic.content.count;
    quill.current.setContents(forQuill(new Delta(state?.content.ops ?? [{ insert: "\n" }])), "silent");
  };
  useEffect(() => {
    if (!place.current) return;
    quill.current = makePreview(place.current, topic.title);
    shown.current = -1;
    show(model.shownMs.peek());
    return () => {
      quill.current = null;
    };
  }, [topic]);
  useSignalEffect(() => show(model.shownMs.value));
  return (
    <div class="recorded-document">
      <div class="paper past">
        <div ref={place} />
      </div>
    </div>
  );
}
