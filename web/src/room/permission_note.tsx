/** What stands in the way of a device, and how to get it out of the way. */

import type { JSX } from "preact";
import type { DeviceProblem } from "../client/media";
import { Icon } from "./icons";
import { browserOf, permissionSteps } from "./permission_help";

export interface PermissionNoteProps {
  /** What happened, as a sentence. */
  words: string;
  problem: DeviceProblem;
  onRetry: () => void;
}

export function PermissionNote({ words, problem, onRetry }: PermissionNoteProps): JSX.Element {
  return (
    <div class="note" role="alert">
      <Icon name="warning" />
      <div>
        <p>{words}</p>
        {problem === "denied" && (
          <ol>
            {permissionSteps(browserOf(navigator.userAgent)).map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        )}
        <button type="button" class="button small" onClick={onRetry}>
          Try again
        </button>
      </div>
    </div>
  );
}
