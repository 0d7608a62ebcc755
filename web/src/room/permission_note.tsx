/** What stands in the way of a device, and how to get it out of the way. */

import type { JSX } from "preact";
import type { Device, DeviceProblem } from "../client/media";
import { Icon } from "./icons";
import { browserOf, permissionSteps } from "./permission_help";
import { deviceProblem } from "./words";

export interface PermissionNoteProps {
  device: Device;
  problem: DeviceProblem;
  onRetry: () => void;
}

export function PermissionNote({ device, problem, onRetry }: PermissionNoteProps): JSX.Element {
  return (
    <div class="note" role="alert">
      <Icon name="warning" />
      <div>
        <p>{deviceProblem(device, problem)}</p>
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
