/** Above a document: its title, where it is stored, who has it open, and what can be done with it. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { Avatar } from "../room/avatar";
import { Glyph, type GlyphName } from "../room/glyphs";
import { Item, Menu } from "../room/menu";
import { ShareDialog } from "../share/share_dialog";
import type { DocumentModel, Side } from "./document_model";
import { type ExportFormat, exported } from "./document_requests";
import { standingWords } from "./document_words";
import { changedSince, REVIEW_WORDS, verdictOf } from "./review_words";

/** More faces than this are a number. */
const MOST_FACES = 4;
const LONGEST_TITLE = 200;

const FILES: Record<ExportFormat, { words: string; ending: string }> = {
  html: { words: "Web page (HTML)", ending: "html" },
  markdown: { words: "Markdown", ending: "md" },
  text: { words: "Plain text", ending: "txt" },
};

export function DocumentHead({ model, wide }: { model: DocumentModel; wide: boolean }): JSX.Element {
  const { host } = model;
  const sharing = useSignal(false);
  const open = model.closed.value === "";
  return (
    <header class="document-head">
      {host.close && (
        <button
          type="button"
          class="button quiet icon-only"
          aria-label="Close document"
          title="Close document"
          onClick={host.close}
        >
          <Glyph name={wide ? "close" : "back"} />
        </button>
      )}
      <div class="document-name">
        <Title model={model} />
        <Standing model={model} />
      </div>
      <Present model={model} />
      <Verdict model={model} />
      <div class="document-tools" role="toolbar" aria-label="Document">
        <SideButton
          model={model}
          side="comments"
          glyph="comment"
          words="Comments"
          count={model.openThreads.value}
        />
        <SideButton model={model} side="reviews" glyph="review" words="Reviews" count={0} />
        <SideButton model={model} side="history" glyph="history" words="History" count={0} />
        {open && (
          <Menu label="Export" class="button quiet icon-only" icon={<Glyph name="export" />} tip="Export">
            {(Object.keys(FILES) as ExportFormat[]).map((format) => (
              <Item key={format} onChoose={() => void download(model, format)}>
                {FILES[format].words}
              </Item>
            ))}
            <hr />
            <Item onChoose={() => print()}>Print</Item>
          </Menu>
        )}
        {open && host.rights.value.moderate && (
          <button
            type="button"
            class="button quiet icon-only"
            aria-label="Share"
            data-tip="Share"
            onClick={() => {
              sharing.value = true;
            }}
          >
            <Glyph name="share" />
          </button>
        )}
      </div>
      {sharing.value && (
        <ShareDialog
          shared={{
            kind: "document",
            id: model.shared.id,
            http: (path, request) => model.shared.http(path, request),
          }}
          onClose={() => {
            sharing.value = false;
          }}
        />
      )}
    </header>
  );
}

function Title({ model }: { model: DocumentModel }): JSX.Element {
  const { host } = model;
  const title = host.title.value || "Untitled";
  if (!host.rights.value.moderate || model.closed.value !== "") {
    return (
      <h2 class="clipped">
        <bdi>{title}</bdi>
      </h2>
    );
  }
  const rename = (input: HTMLInputElement) => {
    const typed = input.value.trim();
    if (typed === "" || typed === host.title.peek()) input.value = host.title.peek();
    else
      void model
        .attempt(() => host.rename(typed))
        .then((done) => {
          if (!done) input.value = host.title.peek();
        });
  };
  return (
    <h2 class="title-field">
      <input
        aria-label="Title"
        value={title}
        maxLength={LONGEST_TITLE}
        onBlur={(event) => rename(event.currentTarget)}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.value = host.title.peek();
          if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
          event.stopPropagation();
        }}
      />
    </h2>
  );
}

function Standing({ model }: { model: DocumentModel }): JSX.Element {
  const words = standingWords(model.standing.value, model.saved.value);
  const away = model.standing.value === "offline" || model.standing.value === "closed";
  return (
    <p class={away ? "standing away" : "standing"} data-saved={model.saved.value}>
      {words}
    </p>
  );
}

function Present({ model }: { model: DocumentModel }): JSX.Element | null {
  const seen = new Map(model.cursors.value.map((cursor) => [cursor.identity, cursor]));
  seen.delete(model.host.self.value.identity);
  if (seen.size === 0) return null;
  const others = [...seen.values()];
  const names = others.map(({ name }) => name).join(", ");
  return (
    <div class="present" role="img" aria-label={`Also here: ${names}`} title={names}>
      {others.slice(0, MOST_FACES).map(({ id, name, identity }) => (
        <Avatar key={id} name={name} identity={identity} />
      ))}
      {others.length > MOST_FACES && <span class="avatar c7">+{others.length - MOST_FACES}</span>}
    </div>
  );
}

function Verdict({ model }: { model: DocumentModel }): JSX.Element | null {
  const reviews = model.reviews.value;
  const verdict = verdictOf(reviews);
  if (verdict === null) return null;
  const changed =
    verdict === "approved" && reviews.some((review) => changedSince(review, model.version.value));
  const self = model.host.self.value.identity;
  const asked =
    verdict === "pending" && reviews.some((one) => one.status === verdict && one.reviewer === self);
  return (
    <button
      type="button"
      class={`chip ${changed ? "changed" : verdict}`}
      onClick={() => {
        model.side.value = "reviews";
      }}
    >
      {changed ? "Changed since approval" : asked ? "Waiting for you" : REVIEW_WORDS[verdict]}
    </button>
  );
}

function SideButton(props: {
  model: DocumentModel;
  side: Side;
  glyph: GlyphName;
  words: string;
  count: number;
}): JSX.Element {
  const { model, side, glyph, words, count } = props;
  const open = model.side.value === side;
  return (
    <button
      type="button"
      class={open ? "button icon-only on" : "button quiet icon-only"}
      aria-label={count > 0 ? `${words}, ${count} open` : words}
      aria-expanded={open}
      data-tip={words}
      onClick={() => model.toggle(side)}
    >
      <Glyph name={glyph} />
      {count > 0 && <span class="count-mark">{count > 99 ? "99+" : count}</span>}
    </button>
  );
}

async function download(model: DocumentModel, format: ExportFormat): Promise<void> {
  await model.attempt(async () => {
    const url = URL.createObjectURL(await exported(model.shared, format));
    const link = document.createElement("a");
    const name = (model.host.title.peek() || "document").replaceAll(/[\\/:*?"<>|\p{Cc}]/gu, "-");
    Object.assign(link, { href: url, download: `${name}.${FILES[format].ending}` });
    link.click();
    // The browser has it once the click is through; a minute is more than any takes.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  });
}
