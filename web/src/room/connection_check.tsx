/** Tries every way to the server before a meeting, and says in words what works. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { type Check, type CheckName, requestToken, selfCheck } from "../client";
import { Dialog } from "./dialog";
import { Icon, type IconName } from "./icons";
import { suggestedRoom } from "./remembered";

export interface ConnectionCheckProps {
  identity: string;
  onClose: () => void;
}

const TITLES: Record<CheckName, string> = {
  websocket: "Server",
  udp: "Sound and picture, the fast way (UDP)",
  tcp: "Sound and picture through firewalls (TCP)",
  turn: "Sound and picture by a relay (TURN)",
  camera: "Camera",
  microphone: "Microphone",
};
const ICONS: Record<Check["result"], IconName> = { ok: "check", failed: "warning", absent: "more" };

export function ConnectionCheck({ identity, onClose }: ConnectionCheckProps): JSX.Element {
  const checks = useSignal<readonly Check[]>([]);
  const state = useSignal<"running" | "done" | "refused">("running");
  useEffect(() => {
    const run = async () => {
      // A room of its own: nobody sees somebody come and go.
      const room = `check-${suggestedRoom(randomBits)}`;
      const token = await requestToken({ room, name: "Connection check", identity });
      // Camera and microphone are seen and heard in the lobby itself.
      await selfCheck({
        token,
        room,
        devices: false,
        onCheck: (check) => {
          checks.value = [...checks.peek(), check];
        },
      });
    };
    run().then(
      () => {
        state.value = "done";
      },
      () => {
        state.value = "refused";
      },
    );
  }, [checks, state, identity]);
  return (
    <Dialog title="Your connection" onClose={onClose}>
      <ul class="checks" aria-live="polite">
        {checks.value.map(({ name, result, words }) => (
          <li key={name} class={result}>
            <Icon name={ICONS[result]} />
            <div>
              <strong>{TITLES[name]}</strong>
              <p class="muted">{words}</p>
            </div>
          </li>
        ))}
      </ul>
      <p class="muted" role="status">
        {WORDS[state.value]}
      </p>
    </Dialog>
  );
}

const WORDS = {
  running: "Trying… this takes some seconds.",
  done: "Done. One way for sound and picture is enough.",
  refused: "The server does not answer, or gives no permission for a check.",
};

function randomBits(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}
