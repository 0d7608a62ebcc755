/** Asks the server for films of one recording. */

import type { Film, FormatId, LayoutId } from "./film";

/** A request to the recording's part of the HTTP API, below its address. Throws an error with a `code`. */
export type Ask = (path: string, init?: RequestInit) => Promise<Response>;

export class FilmRequests {
  /** `urlOf` is where a file is for a download, which sends no headers. */
  constructor(
    private readonly ask: Ask,
    private readonly urlOf: (path: string) => string,
  ) {}

  async list(): Promise<readonly Film[]> {
    const { compositions } = (await (await this.ask("compositions")).json()) as { compositions: Film[] };
    return compositions;
  }

  async order(layout: LayoutId, format: FormatId): Promise<void> {
    const headers = { "Content-Type": "application/json" };
    await this.ask("compose", { method: "POST", headers, body: JSON.stringify({ layout, format }) });
  }

  /** Deletes it, or gives up making it. */
  async remove(film: string): Promise<void> {
    await this.ask(`compositions/${encodeURIComponent(film)}`, { method: "DELETE" });
  }

  url(film: string): string {
    return this.urlOf(`compositions/${encodeURIComponent(film)}/file`);
  }
}
