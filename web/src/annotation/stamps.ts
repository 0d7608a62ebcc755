/** Stamps: a sign as text in the mark, drawn as the same picture everywhere, whatever letters a system has. */

export interface Layer {
  /** As in SVG, in a square of 24. */
  path: string;
  fill?: string;
  stroke?: string;
  width?: number;
}

export interface Stamp {
  text: string;
  words: string;
  layers: readonly Layer[];
}

export const STAMP_BOX = 24;

const DISC = "M12 1.5a10.5 10.5 0 1 0 0 21 10.5 10.5 0 1 0 0-21Z";
const STAR = "m12 1.8 3.1 6.5 7.1.9-5.2 4.9 1.3 7.1-6.3-3.5-6.3 3.5L7 14.1 1.8 9.2l7.1-.9Z";
const HEART = "M12 21.4C5.9 17 2 13.3 2 8.8a5.3 5.3 0 0 1 10-2.4 5.3 5.3 0 0 1 10 2.4c0 4.5-3.9 8.2-10 12.6Z";
const THUMB =
  "M6.4 11v7h2.4v-7ZM10 11.3l2.9-5.9c1.4 0 2.3 1 2.1 2.3l-.5 2.6h3.1c1.1 0 1.9 1 1.7 2.1l-.9 4.2c-.2 1-1 1.6-2 1.6h-4.3c-.8 0-1.6-.3-2.1-.9Z";
const EYES =
  "M1.8 12a4.8 6.4 0 1 1 9.6 0 4.8 6.4 0 1 1-9.6 0ZM12.6 12a4.8 6.4 0 1 1 9.6 0 4.8 6.4 0 1 1-9.6 0Z";
const PUPILS = "M7 13a2 2.6 0 1 1 4 0 2 2.6 0 1 1-4 0ZM17.8 13a2 2.6 0 1 1 4 0 2 2.6 0 1 1-4 0Z";

const DARK = "#16191d";

export const STAMPS: readonly Stamp[] = [
  { text: "✅", words: "Tick", layers: badge("#1a8a46", "m6.8 12.4 3.7 3.7 6.9-7.6") },
  { text: "❌", words: "Cross", layers: badge("#d92d26", "m8.2 8.2 7.6 7.6M15.8 8.2l-7.6 7.6") },
  {
    text: "❓",
    words: "Question",
    layers: badge("#1f6feb", "M9 9.4a3.1 3.1 0 1 1 4.7 2.7c-1.1.7-1.7 1.2-1.7 2.3M12 17.7v.01"),
  },
  { text: "❗", words: "Exclamation", layers: badge("#c2570c", "M12 6.4v7.2M12 17.6v.01") },
  { text: "⭐", words: "Star", layers: [{ path: STAR, fill: "#f5b800", stroke: "#fff", width: 1.6 }] },
  {
    text: "👍",
    words: "Thumbs up",
    layers: [
      { path: DISC, fill: "#1f6feb", stroke: "#fff", width: 1.6 },
      { path: THUMB, fill: "#fff" },
    ],
  },
  {
    text: "👀",
    words: "Eyes",
    layers: [
      { path: EYES, fill: "#fff", stroke: DARK, width: 1.4 },
      { path: PUPILS, fill: DARK },
    ],
  },
  { text: "❤️", words: "Heart", layers: [{ path: HEART, fill: "#d92d26", stroke: "#fff", width: 1.6 }] },
];

/** The picture of a stamp; undefined for signs that others' programs may send. */
export function stampOf(text: string): Stamp | undefined {
  return STAMPS.find((stamp) => stamp.text === text);
}

function badge(color: string, sign: string): readonly Layer[] {
  return [
    { path: DISC, fill: color, stroke: "#fff", width: 1.6 },
    { path: sign, stroke: "#fff", width: 2.6 },
  ];
}
