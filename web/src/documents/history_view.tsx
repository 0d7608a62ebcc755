/** What the document was: a slider over who changed it when, the text with that change marked, and the way back. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type Quill from "quill/core";
import { Avatar } from "../room/avatar";
import { Glyph } from "../room/glyphs";
import { visibleName } from "../room/names";
import type { DocumentModel } from "./document_model";
import { agoWords } from "./document_words";
import { firstMark, markedChange } from "./marked_change";
import { Past } from "./past";
import { forQuill, makePreview } from "./quill_setup";
import { CREATED, wholeChange } from "./revisions";

export function HistoryView({ model }: { model: DocumentModel }): JSX.Element {
  const past = useMemo(() => new Past(model.shared), [model]);
  const chosen = useSignal<number | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
    void model.attempt(() => past.load());
  }, [model, past]);
  const revisions = past.revisions.value;
  const last = revisions.length - 1;
  const at = Math.min(chosen.value ?? last, last);
  const revision = revisions[at];
  const close = () => {
    model.side.value = null;
  };
  return (
    <section
      class="history"
      aria-label="History"
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
    >
      <div class="history-head">
        <h3 ref={heading} tabIndex={-1}>
          {revision ? (
            <>
              {revision.from === CREATED && "Created by "}
              <bdi>{visibleName(revision.author.name)}</bdi>, {agoWords(revision.at, Date.now())}
            </>
          ) : past.state.value === "loading" ? (
            "Loading the history…"
          ) : (
            "Nothing was changed yet"
          )}
        </h3>
        {revision && model.mayEdit.value && at < last && (
          <button
            type="button"
            class="button primary small"
            onClick={() =>
              void model
                .attempt(() => model.shared.restore(revision.to))
                .then((done) => {
                  if (!done) return;
                  model.said.value = "The version was brought back";
                  close();
                })
            }
          >
            Bring this back
          </button>
        )}
        <button type="button" class="button quiet small icon-only" aria-label="Close history" onClick={close}>
          <Glyph name="close" />
        </button>
      </div>
      {last > 0 && revision && (
        <input
          class="slider"
          type="range"
          min={0}
          max={last}
          value={at}
          aria-label="Version"
          aria-valuetext={`${visibleName(revision.author.name)}, ${agoWords(revision.at, Date.now())}`}
          onInput={(event) => {
            chosen.value = Number(event.currentTarget.value);
          }}
        />
      )}
      <div class="history-body">
        {revision && <Preview model={model} past={past} at={at} />}
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to scroll by keyboard */}
        <section class="revisions" tabIndex={0} aria-label="Versions">
          <ol>
            {[...revisions.entries()].reverse().map(([index, one]) => (
              <li key={one.from}>
                <button
                  type="button"
                  aria-current={index === at}
                  onClick={() => {
                    chosen.value = index;
                  }}
                >
                  <Avatar name={one.author.name} identity={one.author.identity} />
                  <span>
                    <bdi class="clipped">{visibleName(one.author.name)}</bdi>
                    <time dateTime={new Date(one.at).toISOString()}>
                      {one.from === CREATED && "Created, "}
                      {agoWords(one.at, Date.now())}
                    </time>
                  </span>
                </button>
              </li>
            ))}
          </ol>
          {past.hasEarlier.value && (
            <button
              type="button"
              class="button quiet small"
              aria-disabled={past.state.value === "loading"}
              onClick={() => {
                const shown = revision?.to;
                void model
                  .attempt(() => past.load())
                  .then(() => {
                    const again = past.revisions.peek().findIndex(({ to }) => to === shown);
                    if (again >= 0) chosen.value = again;
                  });
              }}
            >
              Earlier versions
            </button>
          )}
        </section>
      </div>
    </section>
  );
}

function Preview({ model, past, at }: { model: DocumentModel; past: Past; at: number }): JSX.Element {
  const paper = useRef<HTMLDivElement>(null);
  const quill = useRef<Quill | null>(null);
  const revision = past.revisions.value[at];
  useEffect(() => {
    if (paper.current) quill.current = makePreview(paper.current, "The document as it was");
  }, []);
  useEffect(() => {
    if (!quill.current || !revision) return;
    const change = wholeChange(revision);
    const marked = forQuill(revision.from === CREATED ? change : markedChange(past.before(at), change));
    quill.current.setContents(marked, "api");
    const index = firstMark(marked);
    const [line] = index === null ? [null] : quill.current.getLine(index);
    const element = line?.domNode;
    if (element instanceof HTMLElement) element.scrollIntoView({ block: "center" });
    model.said.value = `Version ${revision.to}`;
  }, [revision, past, at, model]);
  return (
    <div class="desk">
      <div class="paper past" ref={paper} />
    </div>
  );
}
