import { KeptEdits } from "../../src/client/kept_edits";

/** What a browser keeps for a tab. */
export function tab(): KeptEdits {
  const items = new Map<string, string>();
  const store = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
  return new KeptEdits(() => store);
}
