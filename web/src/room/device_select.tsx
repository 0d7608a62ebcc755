/** Chooses one of several devices of a kind. */

import type { JSX } from "preact";
import { useId } from "preact/hooks";

export interface DeviceSelectProps {
  label: string;
  devices: readonly MediaDeviceInfo[];
  /** "" for the system's default. */
  value: string;
  onChange: (deviceId: string) => void;
}

export function DeviceSelect({ label, devices, value, onChange }: DeviceSelectProps): JSX.Element {
  const id = useId();
  // Browsers list the default a second time under an id of that name.
  const named = devices.filter(({ deviceId }) => deviceId !== "default" && deviceId !== "communications");
  const known = named.some(({ deviceId }) => deviceId === value);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        class="select"
        value={known ? value : ""}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        <option value="">Default of this device</option>
        {named.map(({ deviceId, label: name }, index) => (
          <option key={deviceId} value={deviceId}>
            {name || `${label} ${index + 1}`}
          </option>
        ))}
      </select>
    </div>
  );
}
