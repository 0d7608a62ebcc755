/** Numbers and reasons of a connection, for people. */

import type { SlotStats } from "../client";

/** Bit/s in the unit that leaves one to three digits. */
export function rateWords(bps: number): string {
  if (bps >= 1_000_000) return `${(bps / 1_000_000).toFixed(1)} Mbit/s`;
  return `${Math.round(bps / 1_000)} kbit/s`;
}

/** A share as a percentage; small ones with a digit after the point. */
export function shareWords(share: number): string {
  const percent = share * 100;
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** What is seen of a slot now: "640 × 360, 30 fps, 480 kbit/s"; "" where nothing is. */
export function pictureWords({ width, height, fps, bitrate_bps }: SlotStats): string {
  if (bitrate_bps === 0) return "";
  const facts = width > 0 ? [`${width} × ${height}`] : [];
  if (fps > 0) facts.push(`${Math.round(fps)} fps`);
  return [...facts, rateWords(bitrate_bps)].join(", ");
}

const WHY: Record<string, string> = {
  full: "The best there is",
  view_size: "As large as it is shown here",
  bandwidth: "Your network carries no more",
  priority: "Others come first on your network",
  no_layer: "Nothing better arrives",
  switching: "The picture is coming",
  muted: "Switched off by its owner",
  codec: "This browser cannot show it",
  hidden: "Not shown here",
};

/** Why a picture is as it is. */
export function whyWords(reason: string): string {
  return WHY[reason] ?? reason;
}

const SCORES = ["", "Bad", "Poor", "Fair", "Good", "Excellent"];

/** A score from 1 to 5. */
export function scoreWords(score: number): string {
  return SCORES[score] ?? "";
}
