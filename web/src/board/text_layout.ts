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
    while (measure(line.trimEnd()) > width) {
      const fits = fitting(line, width, measure);
      if (fits >= [...line].length) break;
      lines.push([...line].slice(0, fits).join(""));
      line = [...line].slice(fits).join("");
    }
  }
  lines.push(line.trimEnd());
  return lines;
}

/** How many characters of a word fit; at least one. */
function fitting(word: string, width: number, measure: Measure): number {
  const letters = [...word];
  let [low, high] = [1, letters.length];
  while (low < high) {
    const tried = Math.ceil((low + high) / 2);
    if (measure(letters.slice(0, tried).join("")) <= width) low = tried;
    else high = tried - 1;
  }
  return low;
}
