/** How long control lasts. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { OverModel } from "./over_model";
import { leftWords } from "./over_words";

export function TimeLeft({
  over,
  expiresAt,
}: {
  over: OverModel;
  expiresAt: number | null;
}): JSX.Element | null {
  const left = useSignal("");
  useEffect(() => {
    if (expiresAt === null) return;
    const look = () => {
      left.value = leftWords(expiresAt - over.room.meeting.serverTime);
    };
    look();
    const timer = setInterval(look, 1_000);
    return () => clearInterval(timer);
  }, [over, expiresAt]);
  // Not read out each second.
  return expiresAt === null ? null : <span class="time-left" aria-hidden="true">{` · ${left.value}`}</span>;
}
