/** One thread of comments: what was said, and what can be done about it. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { PlacedComment } from "../client/document";
import { Avatar } from "../room/avatar";
import { Glyph } from "../room/glyphs";
import { Item, Menu } from "../room/menu";
import { visibleName } from "../room/names";
import type { DocumentModel } from "./document_model";
import { agoWords } from "./document_words";
import type { Thread } from "./threads";

export interface ThreadCardProps {
  model: DocumentModel;
  thread: Thread;
  /** Whether it can be answered; else a click brings it forward. */
  open: boolean;
  /** Whether its words are said above it. */
  quoted?: boolean;
  onChoose?: () => void;
}

export function ThreadCard({ model, thread, open, quoted = false, onChoose }: ThreadCardProps): JSX.Element {
  const { state, first, replies } = thread;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the button of the same effect is inside
    <article
      class={open ? "thread chosen" : "thread"}
      data-state={state}
      data-thread={thread.id}
      aria-label={`Comment by ${visibleName(first.author.name)}: ${visibleName(first.text)}`}
      onClick={onChoose}
    >
      {(quoted || state === "detached") && (
        <blockquote class="quoted">
          {state === "detached" && <small>The text is gone:</small>}
          {state === "detached" ? <s>{thread.quote}</s> : <span>{thread.quote}</span>}
        </blockquote>
      )}
      <Said model={model} comment={first}>
        {model.mayComment.value && (
          <button
            type="button"
            class="button quiet small icon-only"
            aria-label={state === "resolved" ? "Open again" : "Resolve"}
            title={state === "resolved" ? "Open again" : "Resolve"}
            onClick={(event) => {
              event.stopPropagation();
              void model.resolve(thread, state !== "resolved");
            }}
          >
            <Glyph name={state === "resolved" ? "undo" : "check"} />
          </button>
        )}
      </Said>
      {replies.length > 0 && !open && (
        <button type="button" class="more-replies" onClick={onChoose}>
          {replies.length === 1 ? "1 reply" : `${replies.length} replies`}
        </button>
      )}
      {open && replies.map((reply) => <Said key={reply.id} model={model} comment={reply} />)}
      {open && model.mayComment.value && state !== "resolved" && (
        <Words label="Reply" placeholder="Reply" send="Reply" onSend={(text) => model.reply(thread, text)} />
      )}
      {!open && onChoose && replies.length === 0 && (
        <button type="button" class="unseen-until-focus" onClick={onChoose}>
          Show comment
        </button>
      )}
    </article>
  );
}

/** A new comment, on the words that were selected. */
export function ThreadDraft({ model }: { model: DocumentModel }): JSX.Element {
  return (
    <article class="thread chosen draft" data-thread="draft" aria-label="New comment">
      <blockquote class="quoted">
        <span>{model.draft.value?.quote}</span>
      </blockquote>
      <Words
        label="Comment"
        placeholder="Say something about it"
        send="Comment"
        focus
        onSend={(text) => model.comment(text)}
        onCancel={() => {
          model.draft.value = null;
        }}
      />
    </article>
  );
}

function Said(props: {
  model: DocumentModel;
  comment: PlacedComment;
  children?: JSX.Element | false;
}): JSX.Element {
  const { model, comment, children } = props;
  const editing = useSignal(false);
  const own = comment.author.identity === model.host.self.value.identity;
  const mayRemove = own || model.host.rights.value.moderate;
  const name = visibleName(comment.author.name);
  return (
    <div class="said-here">
      <div class="by-line">
        <Avatar name={name} identity={comment.author.identity} />
        <p>
          <bdi class="clipped">{own ? "You" : name}</bdi>
          <time dateTime={new Date(comment.at).toISOString()}>{agoWords(comment.at, Date.now())}</time>
        </p>
        {children}
        {model.mayComment.value && mayRemove && (
          <Menu label="What to do with this comment" class="button quiet small icon-only" icon="more">
            {own && (
              <Item
                onChoose={() => {
                  editing.value = true;
                }}
              >
                Edit
              </Item>
            )}
            <Item danger onChoose={() => void model.deleteComment(comment.id)}>
              Delete
            </Item>
          </Menu>
        )}
      </div>
      {editing.value ? (
        <Words
          label="Comment"
          placeholder=""
          send="Save"
          text={comment.text}
          focus
          onSend={async (text) => {
            const done = await model.editComment(comment.id, text);
            if (done) editing.value = false;
            return done;
          }}
          onCancel={() => {
            editing.value = false;
          }}
        />
      ) : (
        <p class="words">{comment.text}</p>
      )}
    </div>
  );
}

interface WordsProps {
  label: string;
  placeholder: string;
  send: string;
  text?: string;
  focus?: boolean;
  /** True once it is taken: then the field is empty again. */
  onSend: (text: string) => Promise<boolean>;
  onCancel?: () => void;
}

/** A field for some words: Ctrl+Enter sends, Escape leaves it. */
function Words({ label, placeholder, send, text = "", focus, onSend, onCancel }: WordsProps): JSX.Element {
  const typed = useSignal(text);
  const busy = useSignal(false);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (focus) field.current?.focus({ preventScroll: true });
  }, [focus]);
  const submit = async () => {
    const words = typed.peek().trim();
    if (words === "" || busy.peek()) return;
    busy.value = true;
    if (await onSend(words)) typed.value = "";
    busy.value = false;
  };
  const active = onCancel !== undefined || typed.value !== "";
  return (
    <form
      class="words-form"
      onClick={(event) => event.stopPropagation()}
      onKeyDown={(event) => {
        if (event.key === "Escape" && onCancel) onCancel();
        if (event.key !== "Enter" || (!event.ctrlKey && !event.metaKey)) return;
        event.preventDefault();
        void submit();
      }}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <div class="growing" data-text={`${typed.value} `}>
        <textarea
          ref={field}
          rows={1}
          aria-label={label}
          placeholder={placeholder}
          value={typed.value}
          maxLength={4_000}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
          }}
        />
      </div>
      {active && (
        <div class="row end">
          {onCancel && (
            <button type="button" class="button quiet small" onClick={onCancel}>
              Cancel
            </button>
          )}
          <button
            type="submit"
            class="button primary small"
            aria-disabled={typed.value.trim() === "" || busy.value}
          >
            {send}
          </button>
        </div>
      )}
    </form>
  );
}
