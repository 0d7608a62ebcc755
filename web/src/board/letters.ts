/** The font of boards, which comes with the page: a text has the same lines for everybody. */

import latin from "@fontsource/inter/files/inter-latin-400-normal.woff2?url";
import extended from "@fontsource/inter/files/inter-latin-ext-400-normal.woff2?url";

const NAME = "Board Sans";
const LATIN_EXTENDED =
  "U+0100-02BA, U+02BD-02C5, U+02C7-02CC, U+02CE-02D7, U+02DD-02FF, U+1E00-1E9F, U+1EF2-1EFF";
const LATIN =
  "U+0000-00FF, U+0131, U+0152-0153, U+02BB-02BC, U+02C6, U+02DA, U+02DC, U+2000-206F, U+20AC, U+2122, U+2191, U+2193, U+2212, U+2215";

let loading: Promise<void> | null = null;

/** Resolves when the letters are there, or cannot be had: then the system's are used. */
export function loadLetters(): Promise<void> {
  loading ??= Promise.all(
    [
      { url: latin, range: LATIN },
      { url: extended, range: LATIN_EXTENDED },
    ].map(async ({ url, range }) => {
      const face = new FontFace(NAME, `url(${url})`, { weight: "400", unicodeRange: range });
      document.fonts.add(face);
      await face.load();
    }),
  ).then(
    () => {},
    () => {},
  );
  return loading;
}
