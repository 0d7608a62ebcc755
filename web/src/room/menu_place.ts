/** Where a menu opens: beside its button, and whole. */

import type { Box, Rect } from "./layout";

/** From a menu to its button, and to the edge of the page. */
const TO_BUTTON = 6;
const TO_EDGE = 8;

export interface MenuPlace {
  left: number;
  top: number;
  /** What does not fit scrolls. */
  maxHeight: number;
}

/**
 * The place of a menu of `menu`'s size for a button in a page of `page`'s size, in CSS pixels of the page.
 *
 * Below the button where it fits there, else above, else where there is more room. It is as wide as it wants and
 * never over the page's edge: it begins where the button does, or ends there if the button is in the right half.
 */
export function menuPlace(button: Rect, menu: Box, page: Box): MenuPlace {
  const below = page.height - TO_EDGE - (button.y + button.height + TO_BUTTON);
  const above = button.y - TO_BUTTON - TO_EDGE;
  const down = menu.height <= below || below >= above;
  const maxHeight = Math.max(0, down ? below : above);
  const height = Math.min(menu.height, maxHeight);
  const top = down ? button.y + button.height + TO_BUTTON : button.y - TO_BUTTON - height;
  const endsThere = button.x + button.width / 2 > page.width / 2;
  const wanted = endsThere ? button.x + button.width - menu.width : button.x;
  const left = Math.max(TO_EDGE, Math.min(wanted, page.width - TO_EDGE - menu.width));
  return { left, top, maxHeight };
}
