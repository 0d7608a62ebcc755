/** Where a message is written: Enter sends, Shift+Enter begins a line. */

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { ChatModel } from "./chat_model";
import { Icon } from "./icons";

/** How many letters are left when the number is shown. */
const NEARLY_FULL = 200;

export function ChatComposer({ chat }: { chat: ChatModel }): JSX.Element {
  const field = useRef<HTMLTextAreaElement>(null);
  const draft = chat.draft.value;
  const recipient = chat.recipient.value;
  const left = chat.longest - draft.length;
  const opened = useRef(false);
  useEffect(() => {
    // The keyboard of a phone would cover what somebody came to read.
    const reads = !opened.current && matchMedia("(hover: none)").matches;
    opened.current = true;
    if (!reads) field.current?.focus({ preventScroll: true });
  }, [recipient]);
  const onKey = (event: KeyboardEvent) => {
    // While an input method composes, Enter chooses a word; 229 is what Safari says of that key.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    chat.say();
  };
  return (
    <form
      class={recipient === null ? "composer" : "composer private"}
      onSubmit={(event) => {
        event.preventDefault();
        chat.say();
        field.current?.focus();
      }}
    >
      {chat.recipients.value.length > 0 && <To chat={chat} />}
      <div class="writing">
        {/* As tall as what is written: the same text beside it, unseen, makes it so. */}
        <div class="growing" data-text={`${draft} `}>
          <textarea
            ref={field}
            rows={1}
            dir="auto"
            aria-label={
              recipient === null ? "Message to everyone" : `Message to ${chat.nameOf(recipient)} alone`
            }
            placeholder={recipient === null ? "Message everyone" : `Message ${chat.nameOf(recipient)} alone`}
            maxLength={chat.longest}
            enterkeyhint="send"
            value={draft}
            onInput={(event) => chat.write(event.currentTarget.value)}
            onKeyDown={onKey}
          />
        </div>
        <button
          type="submit"
          class="button primary icon-only"
          aria-label="Send"
          aria-disabled={draft.trim() === ""}
        >
          <Icon name="send" />
        </button>
      </div>
      {left < NEARLY_FULL && <p class="left">{left} letters left</p>}
      {!chat.connected.value && <p class="left">Sent as soon as the connection is back.</p>}
    </form>
  );
}

function To({ chat }: { chat: ChatModel }): JSX.Element {
  const recipient = chat.recipient.value;
  return (
    <div class="recipient">
      <span aria-hidden="true">To</span>
      <select
        aria-label="To"
        value={recipient ?? ""}
        onChange={(event) => chat.address(event.currentTarget.value || null)}
      >
        <option value="">Everyone</option>
        {chat.recipients.value.map(({ identity, name }) => (
          <option key={identity} value={identity}>
            {name}, alone
          </option>
        ))}
      </select>
      <Icon name={recipient === null ? "people" : "lock"} />
    </div>
  );
}
