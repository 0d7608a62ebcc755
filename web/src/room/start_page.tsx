/** The start page: names a room, or goes back to one. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { Icon } from "./icons";
import { PageHead } from "./page_head";
import { type Remembered, suggestedRoom } from "./remembered";

export interface StartPageProps {
  remembered: Remembered;
  onRoom: (room: string) => void;
}

const ROOM_LENGTH = 100;

export function StartPage({ remembered, onRoom }: StartPageProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const recent = useSignal(remembered.recentRooms);
  const submit = (event: Event) => {
    event.preventDefault();
    const room = input.current?.value.trim() ?? "";
    if (room) onRoom(room);
    else input.current?.focus();
  };
  return (
    <div class="page">
      <PageHead remembered={remembered} />
      <main class="page-body middle">
        <form class="card" onSubmit={submit}>
          <h1>Start or join a meeting</h1>
          <p>Name a room. If others are there already, you join them.</p>
          <div class="field">
            <label for="room">Room</label>
            <input
              id="room"
              class="input"
              ref={input}
              required
              maxLength={ROOM_LENGTH}
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              placeholder="For example: weekly"
            />
          </div>
          <button type="submit" class="button primary">
            Continue
          </button>
          <button type="button" class="button" onClick={() => onRoom(suggestedRoom(randomBits))}>
            New room with a random name
          </button>
        </form>
        {recent.value.length > 0 && (
          <section class="recent" aria-labelledby="recent">
            <h2 id="recent">Recent rooms</h2>
            <ul>
              {recent.value.map((room) => (
                <li key={room}>
                  <button type="button" class="button quiet" onClick={() => onRoom(room)}>
                    <Icon name="door" />
                    <span>{room}</span>
                  </button>
                  <button
                    type="button"
                    class="button quiet icon-only"
                    aria-label={`Forget ${room}`}
                    onClick={() => {
                      remembered.forget(room);
                      recent.value = remembered.recentRooms;
                    }}
                  >
                    <Icon name="close" />
                  </button>
                </li>
              ))}
            </ul>
          </section>
        )}
      </main>
    </div>
  );
}

function randomBits(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}
