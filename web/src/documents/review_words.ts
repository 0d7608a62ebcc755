/** What a review says. */

import type { Review, ReviewStatus } from "../client/document";

export const REVIEW_WORDS: Record<ReviewStatus, string> = {
  pending: "Waiting",
  approved: "Approved",
  changes_requested: "Changes requested",
  rejected: "Rejected",
};

/** Whether the document is another than the one that was judged. */
export function changedSince(review: Review, version: number): boolean {
  return review.status !== "pending" && version > review.version;
}

/** Whether it waits longer than it should. */
export function isOverdue(review: Review, now: number): boolean {
  return review.status === "pending" && review.deadlineAt !== null && review.deadlineAt < now;
}

/** The newest judgement of each reviewer counts: what the document is as a whole; null without reviews. */
export function verdictOf(reviews: readonly Review[]): ReviewStatus | null {
  const newest = new Map<string, Review>();
  for (const review of reviews) {
    const known = newest.get(review.reviewer);
    if (known === undefined || review.at >= known.at) newest.set(review.reviewer, review);
  }
  const statuses = [...newest.values()].map(({ status }) => status);
  for (const status of ["rejected", "changes_requested", "pending"] as const) {
    if (statuses.includes(status)) return status;
  }
  return statuses.length > 0 ? "approved" : null;
}
