/** `window.sfumatoReplay`: what tests in a real browser, and people at the console, look at. */

import type { ReplayModel } from "./replay_model";

declare global {
  interface Window {
    sfumatoReplay?: ReplayModel | undefined;
  }
}

export function exposeReplay(model: ReplayModel): void {
  window.sfumatoReplay = model;
}
