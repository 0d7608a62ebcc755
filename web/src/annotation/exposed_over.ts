/** `window.sfumatoOver`: what tests in a real browser, and people at the console, look at. */

import type { OverModel } from "./over_model";

declare global {
  interface Window {
    sfumatoOver?: OverModel;
  }
}

export function exposeOver(over: OverModel): void {
  window.sfumatoOver = over;
}
