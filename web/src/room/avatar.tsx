/** Somebody without a picture: initials on a colour that is always theirs. */

import type { JSX } from "preact";
import { avatarColour, initials } from "./names";

export function Avatar({ name, identity }: { name: string; identity: string }): JSX.Element {
  return (
    <span class={`avatar c${avatarColour(identity)}`} aria-hidden="true">
      {initials(name)}
    </span>
  );
}
