import { expect, test } from "vitest";
import { browserOf, permissionSteps } from "../../src/room/permission_help";

test.each([
  [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0 Safari/537.36",
    "chrome",
  ],
  [
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0 Safari/537.36 Edg/146.0",
    "edge",
  ],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "firefox"],
  ["Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15", "safari"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1", "ios"],
  ["curl/8.0", "other"],
  ["", "other"],
] as const)("%s is %s, and its steps end with another try", (agent, browser) => {
  expect(browserOf(agent)).toBe(browser);
  expect(permissionSteps(browserOf(agent)).at(-1)).toContain("Try again");
});
