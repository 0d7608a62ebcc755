/** What the chat says about itself. */

/** Who types, for a line that is always there; "" for nobody. */
export function typingWords(names: readonly string[]): string {
  const [first, second] = names;
  if (first === undefined) return "";
  if (second === undefined) return `${first} is typing`;
  return names.length === 2 ? `${first} and ${second} are typing` : `${names.length} people are typing`;
}

const PROBLEMS: Record<string, string> = {
  forbidden: "you may not write here",
  too_large: "it is too long",
  not_found: "that person is not in this room",
};

/** Why a message was refused. */
export function problemWords(code: string): string {
  return PROBLEMS[code] ?? "the server did not take it";
}

/** Why there is no chat; "" where there is one. */
export function closedWords(reason: string): string {
  if (reason === "") return "";
  return reason === "forbidden" ? "You may not read the chat of this room." : "This server has no chat.";
}

/** "Today", "Yesterday", or the day as people here write it. */
export function dayWords(at: number, now: number, locale?: string): string {
  const days = Math.round((startOfDay(now) - startOfDay(at)) / 86_400_000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  const year = new Date(at).getFullYear() === new Date(now).getFullYear() ? {} : { year: "numeric" as const };
  return new Date(at).toLocaleDateString(locale, {
    weekday: "short",
    day: "numeric",
    month: "long",
    ...year,
  });
}

/** The time of day. */
export function timeWords(at: number, locale?: string): string {
  return new Date(at).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });
}

const EMOJI =
  /^(?:(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2})(?:\uFE0F|\p{Emoji_Modifier}|\u200D\p{Extended_Pictographic})*\s?){1,5}$/u;

/** True for a few emojis and nothing else: they are shown large. */
export function isEmoji(text: string): boolean {
  return text.length <= 40 && EMOJI.test(text);
}

/** Names the day of a time, where two days are to be told apart. */
export function dayOf(at: number): string {
  return new Date(at).toDateString();
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
