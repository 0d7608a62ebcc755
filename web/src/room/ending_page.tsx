/** Why the meeting is over, and what can be done. */

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { PageHead } from "./page_head";
import type { Remembered } from "./remembered";
import type { Ending } from "./words";

export function EndingPage({ ending, remembered }: { ending: Ending; remembered: Remembered }): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${ending.title} – Sfumato`;
    heading.current?.focus();
  }, [ending]);
  return (
    <div class="page">
      <PageHead remembered={remembered} />
      <main class="page-body middle">
        <div class="card">
          <h1 ref={heading} tabIndex={-1}>
            {ending.title}
          </h1>
          <p>{ending.text}</p>
          {ending.again !== null && (
            <button type="button" class="button primary" onClick={() => location.reload()}>
              {ending.again}
            </button>
          )}
          <a class="button" href="/">
            Start page
          </a>
        </div>
      </main>
    </div>
  );
}
