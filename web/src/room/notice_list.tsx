/** The messages, read out as they come. */

import type { JSX } from "preact";
import { Icon } from "./icons";
import type { Notices } from "./notices";

export function NoticeList({ notices }: { notices: Notices }): JSX.Element {
  return (
    <>
      <div class="notices" role="status" aria-live="polite">
        {notices.shown.value.map((notice) => (
          <div class="notice" key={notice.id}>
            <p>{notice.text}</p>
            {notice.actions.map(({ label, run }) => (
              <button
                key={label}
                type="button"
                class="button small"
                onClick={() => {
                  notices.close(notice.id);
                  run();
                }}
              >
                {label}
              </button>
            ))}
            <button
              type="button"
              class="button quiet small icon-only"
              aria-label="Close this message"
              onClick={() => notices.close(notice.id)}
            >
              <Icon name="close" />
            </button>
          </div>
        ))}
      </div>
      <p class="unseen" role="status" aria-live="polite">
        {notices.said.value}
      </p>
    </>
  );
}
