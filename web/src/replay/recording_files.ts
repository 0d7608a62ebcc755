/** Fetches what a recording holds, and says where its media are. */

import { FilmRequests } from "../films/film_requests";
import { type Line, readJournal } from "./journal";
import type { Manifest } from "./manifest";

/** `code`: that of the server's problem, ``unavailable`` without a connection. */
export class NotLoaded extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

export class RecordingFiles {
  readonly films: FilmRequests;

  /** `filmsToken` makes and deletes films; empty for who may not. */
  constructor(
    private readonly recording: string,
    private readonly token: string,
    private readonly filmsToken = "",
  ) {
    this.films = new FilmRequests(
      (path, init) => this.fetch(path, init),
      (path) => this.address(path, true),
    );
  }

  get mayMakeFilms(): boolean {
    return this.filmsToken !== "";
  }

  /** Throws why nothing can be had any more. */
  async reach(): Promise<void> {
    await this.fetch("files/manifest.json", { headers: { Range: "bytes=0-0" } });
  }

  manifest(): Promise<Manifest> {
    return this.fetch("files/manifest.json").then((response) => response.json() as Promise<Manifest>);
  }

  /** Empty, if there is none. */
  async journal(): Promise<Line[]> {
    try {
      return readJournal(await (await this.fetch("files/journal.jsonl")).text());
    } catch (error) {
      if (error instanceof NotLoaded && error.code === "not_found") return [];
      throw error;
    }
  }

  /** A picture of a board. */
  async picture(sha256: string): Promise<Blob> {
    return (await this.fetch(`pictures/${encodeURIComponent(sha256)}`)).blob();
  }

  /** For media elements and downloads, which send no headers. */
  url(name: string, download = false): string {
    return this.address(`files/${encodeURIComponent(name)}`, download);
  }

  private address(path: string, download: boolean): string {
    const query = new URLSearchParams({ token: this.token, ...(download ? { download: "1" } : {}) });
    return `${this.base}/${path}?${query}`;
  }

  private get base(): string {
    return `/api/v1/recordings/${encodeURIComponent(this.recording)}`;
  }

  private async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("Authorization", `Bearer ${init.method ? this.filmsToken : this.token}`);
    const response = await fetch(`${this.base}/${path}`, { ...init, headers }).catch(() => {
      throw new NotLoaded("unavailable");
    });
    if (response.ok) return response;
    const problem = (await response.json().catch(() => ({}))) as { code?: unknown };
    throw new NotLoaded(typeof problem.code === "string" ? problem.code : "unavailable");
  }
}
