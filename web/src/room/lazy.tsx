/** Parts of the page that are loaded when they are first shown. */

import { useSignal } from "@preact/signals";
import type { ComponentType, JSX } from "preact";
import { useEffect } from "preact/hooks";

/** A component whose code comes when it is first drawn; until then it says so, and what to do if it does not come. */
export function lazily<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): (props: Props) => JSX.Element {
  let loaded: ComponentType<Props> | null = null;
  return function Lazy(props: Props): JSX.Element {
    const state = useSignal<"loading" | "there" | "failed">(loaded ? "there" : "loading");
    useEffect(() => {
      if (state.value !== "loading") return;
      load().then(
        (component) => {
          loaded = component;
          state.value = "there";
        },
        () => {
          state.value = "failed";
        },
      );
    }, [state.value]);
    if (loaded) {
      const Loaded = loaded;
      return <Loaded {...props} />;
    }
    return (
      <div class="lazy" role="status">
        {state.value === "failed" ? (
          <>
            <p>This part of the page could not be loaded.</p>
            <button
              type="button"
              class="button small"
              onClick={() => {
                state.value = "loading";
              }}
            >
              Try again
            </button>
          </>
        ) : (
          <p>Loading…</p>
        )}
      </div>
    );
  };
}
