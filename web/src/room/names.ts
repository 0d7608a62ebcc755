/** Names as tiles and avatars show them. */

export const AVATAR_COLOURS = 8;
const LONGEST = 60;

/** One or two letters for an avatar; whole characters, also beyond the basic plane. */
export function initials(name: string): string {
  const words = visibleName(name)
    .split(/[\s._@-]+/u)
    .filter((word) => word !== "");
  const letters = [words[0], words.length > 1 ? words[words.length - 1] : undefined]
    .map((word) => [...(word ?? "")][0] ?? "")
    .join("");
  return letters.toLocaleUpperCase() || "?";
}

/** A name without what would disturb its surroundings: line breaks, direction overrides, endless length. */
export function visibleName(name: string): string {
  // U+202A–U+202E and U+2066–U+2069 turn the direction of all text after them.
  const calm = name
    .replace(/[\u202A-\u202E\u2066-\u2069\p{Cc}]/gu, " ")
    .replace(/\s+/gu, " ")
    .trim();
  const letters = [...calm];
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join("")}…` : calm;
}

/** Which of the avatar colours somebody has: always the same for the same identity. */
export function avatarColour(identity: string): number {
  // FNV-1a, and its upper half folded in: the lowest bits alone are poor.
  let hash = 0x811c9dc5;
  for (const letter of identity) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % AVATAR_COLOURS;
}
