/** A message that came while the chat is closed, for a moment; a click opens the chat. */

import type { JSX } from "preact";
import type { Actions } from "./actions";
import { Avatar } from "./avatar";
import type { ChatModel } from "./chat_model";
import { visibleName } from "./names";

export function ChatToast({ chat, actions }: { chat: ChatModel; actions: Actions }): JSX.Element {
  const message = chat.toast.value;
  const name = visibleName(message?.name ?? "");
  // The region is always there: what appears in it is read out.
  return (
    <div class="chat-toast-place" role="status" aria-live="polite">
      {message && (
        <button
          type="button"
          class="chat-toast"
          key={message.key}
          onClick={() => {
            // Who is answered in private is not answered to all.
            actions.writeTo(message.to === null ? chat.recipient.peek() : message.from);
          }}
        >
          <Avatar name={name} identity={message.from} />
          <span class="words">
            <strong class="clipped">
              <bdi>{name}</bdi>
              {message.to !== null && <span class="muted"> to you alone</span>}
            </strong>
            <span class="text" dir="auto">
              {message.text}
            </span>
          </span>
        </button>
      )}
    </div>
  );
}
