/** Outside a room whose host lets people in one by one. */

import type { JSX } from "preact";
import { PageHead } from "./page_head";
import type { Remembered } from "./remembered";

export interface WaitingPageProps {
  room: string;
  remembered: Remembered;
  onLeave: () => void;
}

export function WaitingPage({ room, remembered, onLeave }: WaitingPageProps): JSX.Element {
  return (
    <div class="page">
      <PageHead remembered={remembered} />
      <main class="page-body middle">
        <div class="card" role="status">
          <h1 class="clipped">
            <bdi>{room}</bdi>
          </h1>
          <p>Please wait: somebody in the meeting will let you in.</p>
          <button type="button" class="button" onClick={onLeave}>
            Do not wait
          </button>
        </div>
      </main>
    </div>
  );
}
