/** How to give a page the camera or microphone back, in the words of the browser at hand. */

export type BrowserName = "chrome" | "edge" | "firefox" | "safari" | "ios" | "other";

/** Which browser a user agent string names: only as exact as the help below needs. */
export function browserOf(userAgent: string): BrowserName {
  if (/iPhone|iPad/.test(userAgent)) return "ios";
  if (/Edg\//.test(userAgent)) return "edge";
  if (/Firefox\//.test(userAgent)) return "firefox";
  if (/Chrom(e|ium)\//.test(userAgent)) return "chrome";
  if (/Safari\//.test(userAgent)) return "safari";
  return "other";
}

const STEPS: Record<BrowserName, readonly string[]> = {
  chrome: [
    "Click the icon at the left of the address.",
    "Turn on Camera and Microphone.",
    "Come back here and choose “Try again”.",
  ],
  edge: [
    "Click the lock at the left of the address, then “Permissions for this site”.",
    "Set Camera and Microphone to Allow.",
    "Come back here and choose “Try again”.",
  ],
  firefox: [
    "Click the crossed-out camera or microphone at the left of the address.",
    "Remove “Blocked” by the cross beside it.",
    "Choose “Try again” and allow the devices when Firefox asks.",
  ],
  safari: [
    "Open Safari in the menu bar, then “Settings for This Website…”.",
    "Set Camera and Microphone to Allow.",
    "Choose “Try again”.",
  ],
  ios: [
    "Tap the page menu at the left of the address, then “Website Settings”.",
    "Set Camera and Microphone to Allow.",
    "Tap “Try again”.",
  ],
  other: [
    "Open your browser’s settings for this page, usually at the left of the address.",
    "Allow Camera and Microphone.",
    "Choose “Try again”.",
  ],
};

/** The steps in order. */
export function permissionSteps(browser: BrowserName): readonly string[] {
  return STEPS[browser];
}
