/** What the browser remembers of a person between meetings: a random identity and the name last used. */

const IDENTITY = "sfumato.identity";
const NAME = "sfumato.name";

export class Remembered {
  private readonly unsaved = new Map<string, string>();

  /** `storage` is localStorage; where the browser forbids it, what is remembered lasts as long as the page. */
  constructor(
    private readonly storage: () => Pick<Storage, "getItem" | "setItem">,
    private readonly random: () => string,
  ) {}

  get identity(): string {
    const known = this.read(IDENTITY);
    if (known) return known;
    const fresh = this.random();
    this.write(IDENTITY, fresh);
    return fresh;
  }

  get name(): string {
    return this.read(NAME) ?? "";
  }

  set name(name: string) {
    this.write(NAME, name);
  }

  private read(key: string): string | null {
    try {
      return this.storage().getItem(key) ?? this.unsaved.get(key) ?? null;
    } catch {
      return this.unsaved.get(key) ?? null;
    }
  }

  private write(key: string, value: string): void {
    this.unsaved.set(key, value);
    try {
      this.storage().setItem(key, value);
    } catch {
      // Full or forbidden: it lives on in `unsaved`.
    }
  }
}

/** A random identity. `crypto.randomUUID` is missing on pages without https, `getRandomValues` is not. */
export function randomIdentity(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `guest-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
