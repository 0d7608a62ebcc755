/** The font of boards, which comes with the page: a text has the same lines for everybody, and in exports. */

import cyrillic from "@fontsource/inter/files/inter-cyrillic-400-normal.woff2?url";
import greek from "@fontsource/inter/files/inter-greek-400-normal.woff2?url";
import latin from "@fontsource/inter/files/inter-latin-400-normal.woff2?url";
import extended from "@fontsource/inter/files/inter-latin-ext-400-normal.woff2?url";

const NAME = "Board Sans";
/** The font's own ranges; what is in none of them is written with the system's letters. */
const FACES = [
  {
    url: latin,
    range:
      "U+0000-00FF, U+0131, U+0152-0153, U+02BB-02BC, U+02C6, U+02DA, U+02DC, U+2000-206F, U+20AC, U+2122, U+2191, U+2193, U+2212, U+2215",
  },
  {
    url: extended,
    range:
      "U+0100-02BA, U+02BD-02C5, U+02C7-02CC, U+02CE-02D7, U+02DD-02FF, U+1D00-1DBF, U+1E00-1E9F, U+1EF2-1EFF, U+20A0-20AB, U+20AD-20C0",
  },
  { url: cyrillic, range: "U+0301, U+0400-045F, U+0490-0491, U+04B0-04B1, U+2116" },
  { url: greek, range: "U+0370-0377, U+037A-037F, U+0384-038A, U+038C, U+038E-03A1, U+03A3-03FF" },
];

let faces: FontFace[] | null = null;

/**
 * Calls `onCome` whenever letters have come that were not there; returns the call that stops it. Rare ones come when
 * they are first written.
 */
export function followLetters(onCome: () => void): () => void {
  if (!faces) {
    faces = FACES.map(
      ({ url, range }) => new FontFace(NAME, `url(${url})`, { weight: "400", unicodeRange: range }),
    );
    for (const face of faces) document.fonts.add(face);
    // What cannot be had is written with the system's letters.
    faces[0]?.load().catch(() => {});
  }
  const stop = new AbortController();
  document.fonts.addEventListener("loadingdone", onCome, { signal: stop.signal });
  return () => stop.abort();
}
