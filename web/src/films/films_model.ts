/** The films of a recording while somebody looks at them: how far they are, and what is said of that. */

import { computed, signal } from "@preact/signals";
import { findLast } from "../replay/last";
import { type Film, type FormatId, filmName, isUnderWay, type LayoutId } from "./film";
import type { FilmRequests } from "./film_requests";

/** Who listens hears of a film at each quarter. */
const SAID_AT = [0.25, 0.5, 0.75] as const;

const REFUSED: Record<string, string> = {
  conflict: "The recording is not finished yet.",
  rate_limited: "Too many films wait to be made. Try again later.",
  not_found: "The recording is no longer there.",
  forbidden: "You may not make films of it.",
  unauthorised: "You may not make films of it any more. Open the recording from its room again.",
};

export class FilmsModel {
  /** Null until they are there. */
  readonly films = signal<readonly Film[] | null>(null);
  /** Said by screen readers, and shown where something went wrong. */
  readonly said = signal("");
  readonly problem = signal("");
  /** Whether to look again and again. */
  readonly isUnderWay = computed(() => this.films.value?.some(isUnderWay) ?? false);

  /** Whether `problem` is about looking. */
  private lookFailed = false;

  constructor(readonly requests: Pick<FilmRequests, "list" | "order" | "remove" | "url">) {}

  /** The film of that kind, if somebody asked for it. */
  of(layout: LayoutId, format: FormatId): Film | undefined {
    return this.films.value?.find((film) => film.layout === layout && film.format === format);
  }

  async look(): Promise<void> {
    try {
      this.take(await this.requests.list());
      // Why something could not be done stays until the next is asked for, however often is looked meanwhile.
      if (this.lookFailed) this.problem.value = "";
      this.lookFailed = false;
    } catch (error) {
      this.problem.value = problemWords(error);
      this.lookFailed = true;
    }
  }

  async order(layout: LayoutId, format: FormatId): Promise<void> {
    await this.attempt(async () => {
      await this.requests.order(layout, format);
      this.said.value = `The film is being made: ${filmName({ layout, format })}`;
    });
  }

  /** Deletes it, or gives up making it. */
  async remove(film: Film): Promise<void> {
    await this.attempt(async () => {
      await this.requests.remove(film.id);
      this.said.value = `${filmName(film)}: ${isUnderWay(film) ? "given up" : "deleted"}`;
    });
  }

  private async attempt(act: () => Promise<void>): Promise<void> {
    this.problem.value = "";
    this.lookFailed = false;
    try {
      await act();
    } catch (error) {
      this.problem.value = problemWords(error);
      return;
    }
    await this.look();
  }

  private take(films: readonly Film[]): void {
    const before = new Map(this.films.peek()?.map((film) => [film.id, film]));
    this.films.value = films;
    for (const film of films) {
      const news = newsOf(film, before.get(film.id));
      if (news !== "") this.said.value = `${filmName(film)}: ${news}`;
    }
  }
}

function problemWords(error: unknown): string {
  const { code } = error as { code?: unknown };
  return REFUSED[String(code)] ?? "The server does not answer. Try again in a moment.";
}

/** What is worth saying of a film that was otherwise a moment ago. */
function newsOf(film: Film, before: Film | undefined): string {
  if (!before || !isUnderWay(before)) return "";
  if (film.state === "finished") return "ready";
  if (film.state === "failed") return "could not be made";
  const passed = findLast(SAID_AT, (share) => before.progress < share && share <= film.progress);
  return passed === undefined ? "" : `${passed * 100} %`;
}
