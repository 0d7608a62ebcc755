/** What the browser remembers of a person between meetings. */

const IDENTITY = "sfumato.identity";
const NAME = "sfumato.name";
const RECENT = "sfumato.rooms";
const THEME = "sfumato.theme";
const CHOICES = "sfumato.devices";
const SHORTCUTS = "sfumato.shortcuts";
const MOST_RECENT = 6;

/** What the lobby was left with. Device ids are "" for the system's default. */
export interface Choices {
  camera: boolean;
  microphone: boolean;
  cameraId: string;
  microphoneId: string;
  speakerId: string;
}

export const DEFAULT_CHOICES: Choices = {
  camera: true,
  microphone: true,
  cameraId: "",
  microphoneId: "",
  speakerId: "",
};

export class Remembered {
  private readonly unsaved = new Map<string, string>();

  /** `storage` is localStorage; where the browser forbids it, what is remembered lasts as long as the page. */
  constructor(
    private readonly storage: () => Pick<Storage, "getItem" | "setItem">,
    private readonly random: () => string,
  ) {}

  /** Random, made at the first question. */
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

  get theme(): string {
    return this.read(THEME) ?? "";
  }

  set theme(name: string) {
    this.write(THEME, name);
  }

  /** Whether single keys are shortcuts (WCAG 2.1.4: they can be turned off). */
  get shortcuts(): boolean {
    return this.read(SHORTCUTS) !== "off";
  }

  set shortcuts(on: boolean) {
    this.write(SHORTCUTS, on ? "on" : "off");
  }

  get choices(): Choices {
    const kept = this.object(CHOICES);
    const choices = { ...DEFAULT_CHOICES };
    for (const name of ["camera", "microphone"] as const) {
      if (typeof kept[name] === "boolean") choices[name] = kept[name];
    }
    for (const name of ["cameraId", "microphoneId", "speakerId"] as const) {
      if (typeof kept[name] === "string") choices[name] = kept[name];
    }
    return choices;
  }

  set choices(choices: Choices) {
    this.write(CHOICES, JSON.stringify(choices));
  }

  /** Rooms entered lately, the last one first. */
  get recentRooms(): string[] {
    const { rooms } = this.object(RECENT);
    if (!Array.isArray(rooms)) return [];
    return rooms
      .filter((room): room is string => typeof room === "string" && room !== "")
      .slice(0, MOST_RECENT);
  }

  entered(room: string): void {
    const rooms = [room, ...this.recentRooms.filter((other) => other !== room)].slice(0, MOST_RECENT);
    this.write(RECENT, JSON.stringify({ rooms }));
  }

  forget(room: string): void {
    this.write(RECENT, JSON.stringify({ rooms: this.recentRooms.filter((other) => other !== room) }));
  }

  private object(key: string): Record<string, unknown> {
    try {
      const value: unknown = JSON.parse(this.read(key) ?? "{}");
      return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
    } catch {
      // Another version of the page may have written what this one cannot read.
      return {};
    }
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

const ADJECTIVES = ["calm", "quiet", "bright", "early", "gentle", "clear", "warm", "swift"];
const NOUNS = ["river", "meadow", "harbour", "garden", "atelier", "island", "forest", "bridge"];

/** A room name easy to say, with enough chance in it that nobody walks in; `random` gives 32 random bits. */
export function suggestedRoom(random: () => number): string {
  const pick = (words: readonly string[]) => words[random() % words.length] ?? "";
  return `${pick(ADJECTIVES)}-${pick(NOUNS)}-${(random() >>> 0).toString(36)}`;
}
