/** When the browser thinks that its network changed. */

/** Calls `listener` at every hint of a change; returns the call that stops it. */
export function onNetworkChange(listener: () => void): () => void {
  if (typeof window === "undefined") return () => {};
  const shown = (): void => {
    if (document.visibilityState === "visible") listener();
  };
  // Network Information API: Wi-Fi to mobile without ever being offline; not in every browser.
  const { connection } = navigator as { connection?: EventTarget };
  addEventListener("online", listener);
  // A phone that was in a pocket, a notebook that was closed.
  document.addEventListener("visibilitychange", shown);
  connection?.addEventListener("change", listener);
  return () => {
    removeEventListener("online", listener);
    document.removeEventListener("visibilitychange", shown);
    connection?.removeEventListener("change", listener);
  };
}
