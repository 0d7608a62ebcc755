/** What is asked of the server, and why it did not work. */

import { useSignal } from "@preact/signals";

export interface Attempt {
  /** "" where nothing went wrong. */
  problem: string;
  busy: boolean;
  /** Does one thing at a time. */
  attempt: (act: () => void | Promise<void>) => Promise<void>;
}

/** `words` for the code of a refusal. */
export function useAttempt(words: (code: string) => string): Attempt {
  const problem = useSignal("");
  const busy = useSignal(false);
  return {
    problem: problem.value,
    busy: busy.value,
    attempt: async (act) => {
      if (busy.peek()) return;
      busy.value = true;
      problem.value = "";
      try {
        await act();
      } catch (error) {
        problem.value = words(codeOf(error));
      } finally {
        busy.value = false;
      }
    },
  };
}

/** The code of an error that the client library or a request threw. */
export function codeOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "code" in error && typeof error.code === "string")
    return error.code;
  // What `fetch` throws without a connection.
  return error instanceof TypeError ? "unreachable" : "";
}
