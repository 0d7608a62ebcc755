/** Times of a recording in words, and in addresses. */

/** As players write it: 1:02, 1:02:03. */
export function clockWords(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (number: number) => String(number).padStart(2, "0");
  const head = hours > 0 ? `${hours}:${two(minutes)}` : String(minutes);
  return `${head}:${two(seconds % 60)}`;
}

/** As a screen reader says it. */
export function spokenTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [
    [Math.floor(seconds / 3600), "hour"],
    [Math.floor(seconds / 60) % 60, "minute"],
    [seconds % 60, "second"],
  ] as const;
  const said = parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}${count === 1 ? "" : "s"}`);
  return said.join(" ") || "0 seconds";
}

/** `83.5`, `1:23`, `1:02:03`; null for anything else. */
export function readMoment(text: string | null): number | null {
  if (text === null || !/^\d{1,6}(:\d{1,2}){0,2}(\.\d{1,3})?$/.test(text)) return null;
  const seconds = text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return Math.round(seconds * 1000);
}

/** As it stands after `t=`: seconds, to the tenth. */
export function writeMoment(ms: number): string {
  return String(Math.round(ms / 100) / 10);
}
