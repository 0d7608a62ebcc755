/** Who was asked to review the document, what they said, and whether it still holds. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Review, ReviewStatus } from "../client/document";
import { Avatar } from "../room/avatar";
import type { DocumentModel } from "./document_model";
import { agoWords, deadlineWords } from "./document_words";
import { changedSince, isOverdue, REVIEW_WORDS } from "./review_words";
import { SidePanel } from "./side_panel";

export function ReviewPanel({ model }: { model: DocumentModel }): JSX.Element {
  const reviews = [...model.reviews.value].sort((one, other) => other.at - one.at);
  return (
    <SidePanel model={model} title="Reviews">
      {reviews.map((review) => (
        <ReviewCard key={review.id} model={model} review={review} />
      ))}
      {reviews.length === 0 && <p class="nothing">Nobody was asked to review this document yet.</p>}
      {model.mayComment.value && <Request model={model} />}
    </SidePanel>
  );
}

function Request({ model }: { model: DocumentModel }): JSX.Element | null {
  const reviewer = useSignal("");
  const deadline = useSignal("");
  const own = model.host.self.value.identity;
  const others = new Map(
    model.host.people.value
      .filter(({ identity }) => identity !== own)
      .map((person) => [person.identity, person.name]),
  );
  if (others.size === 0) return <p class="nothing">Others in the meeting can be asked to review.</p>;
  const chosen = others.has(reviewer.value) ? reviewer.value : ([...others.keys()][0] ?? "");
  const at = deadline.value === "" ? null : new Date(deadline.value).getTime();
  const past = at !== null && at <= Date.now();
  return (
    <form
      class="request"
      onSubmit={(event) => {
        event.preventDefault();
        if (past) return;
        void model.requestReview(chosen, at).then((done) => {
          if (done) deadline.value = "";
        });
      }}
    >
      <div class="field">
        <label for="reviewer">Ask for a review</label>
        <select
          id="reviewer"
          class="select"
          value={chosen}
          onChange={(event) => {
            reviewer.value = event.currentTarget.value;
          }}
        >
          {[...others].map(([identity, name]) => (
            <option key={identity} value={identity}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for="deadline">Until (not needed)</label>
        <input
          id="deadline"
          class="input"
          type="datetime-local"
          value={deadline.value}
          aria-invalid={past}
          onInput={(event) => {
            deadline.value = event.currentTarget.value;
          }}
        />
        {past && (
          <p class="wrong" role="alert">
            That time has passed.
          </p>
        )}
      </div>
      <button type="submit" class="button primary small">
        Ask
      </button>
    </form>
  );
}

function ReviewCard({ model, review }: { model: DocumentModel; review: Review }): JSX.Element {
  const note = useSignal("");
  const self = model.host.self.value.identity;
  const now = Date.now();
  const name = model.nameOf(review.reviewer);
  const changed = changedSince(review, model.version.value);
  const judges = review.reviewer === self && model.closed.value === "";
  const judge = (status: ReviewStatus) =>
    void model.judge(review, status, note.peek().trim()).then((done) => {
      if (done) note.value = "";
    });
  return (
    <article class="review" aria-label={`Review by ${name}: ${REVIEW_WORDS[review.status]}`}>
      <div class="by-line">
        <Avatar name={model.fullNameOf(review.reviewer)} identity={review.reviewer} />
        <p>
          <bdi class="clipped">{name}</bdi>
          <span class={`chip ${review.status}`}>{REVIEW_WORDS[review.status]}</span>
        </p>
      </div>
      <p class="facts">
        Asked by {review.requestedBy.identity === self ? "you" : model.nameOf(review.requestedBy.identity)},{" "}
        {agoWords(review.at, now)}
        {review.deadlineAt !== null && ` · until ${deadlineWords(review.deadlineAt)}`}
      </p>
      {isOverdue(review, now) && <p class="chip overdue">Overdue</p>}
      {review.note !== "" && <p class="words">{review.note}</p>}
      {changed && (
        <p class="facts">
          <span class="chip changed">Changed since</span> The text was edited after that.
        </p>
      )}
      {judges && (review.status === "pending" || changed) && (
        <form class="judge" onSubmit={(event) => event.preventDefault()}>
          <textarea
            class="input"
            rows={2}
            aria-label="What you say about it"
            placeholder="What you say about it"
            maxLength={4_000}
            value={note.value}
            onInput={(event) => {
              note.value = event.currentTarget.value;
            }}
          />
          <div class="row">
            <button type="button" class="button primary small" onClick={() => judge("approved")}>
              Approve
            </button>
            <button type="button" class="button small" onClick={() => judge("changes_requested")}>
              Request changes
            </button>
            <button type="button" class="button quiet small" onClick={() => judge("rejected")}>
              Reject
            </button>
          </div>
        </form>
      )}
      {!judges && review.requestedBy.identity === self && review.status !== "pending" && (
        <button type="button" class="button small" onClick={() => judge("pending")}>
          Ask again
        </button>
      )}
    </article>
  );
}
