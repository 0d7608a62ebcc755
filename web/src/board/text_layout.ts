/** Text in lines: broken at spaces, and inside a word only where it is longer than a line. */

/** The width of a piece of text, in board units. */
export type Measure = (text: string) => number;

export function layOut(text: string, width: number, measure: Measure): string[] {
  return text.split("\n").flatMap((paragraph) => broken(paragraph, Math.max(1, width), measure));
}

function broken(paragraph: string, width: number, measure: Measure): string[] {
  if (measure(paragraph) <= width) return [paragraph];
  const lines: string[] = [];
  let line = "";
  for (const word of paragraph.split(/(?<= )/)) {
    if (line !== "" && measure((line + word).trimEnd()) > width) {
      lines.push(line.trimEnd());
      line = "";
    }
    line += word;
    if (measure(line.trimEnd()) > width) {
      const cut = pieces(line, width, measure);
      line = cut.pop() ?? "";
      for (const piece of cut) lines.push(piece);
    }
  }
  lines.push(line.trimEnd());
  return lines;
}

/** A line that is too long: pieces as long as fit, and the rest. */
function pieces(line: string, width: number, measure: Measure): string[] {
  const letters = [...line];
  const end = [...line.trimEnd()].length;
  const found: string[] = [];
  let at = 0;
  for (;;) {
    const fits = fitting(letters, at, end, width, measure);
    if (at + fits >= end) break;
    found.push(letters.slice(at, at + fits).join(""));
    at += fits;
  }
  found.push(letters.slice(at).join(""));
  return found;
}

/**
 * How many characters from `at` on fit, at most those up to `end`; at least one.
 *
 * Measures little more than what fits: a word may be of ten thousand characters, and a line of one.
 */
function fitting(
  letters: readonly string[],
  at: number,
  end: number,
  width: number,
  measure: Measure,
): number {
  const fits = (count: number) => measure(letters.slice(at, at + count).join("")) <= width;
  let step = 1;
  while (at + step < end && fits(step)) step *= 2;
  let [low, high] = [Math.max(1, Math.floor(step / 2)), Math.min(step, end - at)];
  while (low < high) {
    const tried = Math.ceil((low + high) / 2);
    if (fits(tried)) low = tried;
    else high = tried - 1;
  }
  return low;
}
