/** The boards of a room. One link carries all that are open. */

import type { Link, Message } from "./channels";
import { Emitter } from "./emitter";
import { asInit, type HttpRequest } from "./http";
import type { Meeting } from "./meeting";
import { SharedBoard } from "./shared_board";
import { RequestError } from "./signaling";
import { randomClient } from "./topic";
import { readFacts, type TopicFacts } from "./topic_facts";
import type { TopicTitle } from "./types";

export interface BoardTemplate {
  id: string;
  title: string;
}

/** What boards need of a meeting; a `LinkSession` has it too. */
export interface BoardRoom extends Pick<Meeting, "channels" | "room" | "http" | "limitOf"> {
  on(name: "joined" | "room_updated" | "moved", listener: () => void): () => void;
}

// The server's default, for one that does not say.
const MESSAGE_BYTES = 64 * 1024;
const ANSWER_WITHIN_MS = 10_000;

interface Asked {
  resolve: (board: TopicTitle) => void;
  reject: (error: RequestError) => void;
}

export class Boards {
  private readonly link: Link;
  private readonly client = randomClient();
  private readonly opened = new Map<string, SharedBoard>();
  /** Nobody looks at these any more; they go once what was made on them is stored. */
  private readonly left = new Map<SharedBoard, () => void>();
  private readonly asked = new Map<number, Asked>();
  private readonly events = new Emitter<{ changed: object }>();

  constructor(private readonly room: BoardRoom) {
    this.link = room.channels.link("whiteboard");
    this.link.observe({
      up: () => {
        for (const board of this.opened.values()) board.up();
        this.events.emit("changed", {});
      },
      down: () => {
        for (const board of this.opened.values()) board.down();
        this.refuse("unavailable");
        this.events.emit("changed", {});
      },
      heard: (message) => this.hear(message),
    });
    for (const name of ["joined", "room_updated"] as const)
      room.on(name, () => this.events.emit("changed", {}));
    // Boards belong to the room's name: in another room they are others.
    room.on("moved", () => {
      for (const board of this.opened.values()) {
        this.stay(board);
        board.close();
      }
      this.opened.clear();
      this.events.emit("changed", {});
    });
  }

  get list(): readonly TopicTitle[] {
    return this.room.room?.boards ?? [];
  }

  /** Whether one can be made now. */
  get isUp(): boolean {
    return this.link.isUp;
  }

  on(name: "changed", listener: () => void): () => void {
    return this.events.on(name, listener);
  }

  /** Makes a board, empty or from a template. Throws `RequestError`. */
  create(title: string, template?: string): Promise<TopicTitle> {
    const id = this.link.nextId();
    return new Promise((resolve, reject) => {
      this.asked.set(id, { resolve, reject });
      setTimeout(() => this.answer(id, "unavailable"), ANSWER_WITHIN_MS);
      const sent = this.link.send({ t: "create", id, title, ...(template ? { template } : {}) });
      if (!sent) this.answer(id, "unavailable");
    });
  }

  /** The same object while it is open. */
  open(id: string): SharedBoard {
    const known = this.opened.get(id);
    if (known) {
      this.stay(known);
      return known;
    }
    const board = new SharedBoard({
      id,
      link: this.link,
      client: this.client,
      fetch: async (url) => (await (await this.room.http(url)).json()) as Record<string, unknown>,
      messageBytes: () => this.room.limitOf("data_message_bytes") ?? MESSAGE_BYTES,
    });
    this.opened.set(id, board);
    return board;
  }

  /** Ends it as soon as all that was made on it is stored. */
  close(board: SharedBoard): void {
    if (!board.saved && board.state !== "closed") {
      if (!this.left.has(board)) {
        const stop = board.on("state", () => {
          if (board.saved || board.state === "closed") this.close(board);
        });
        this.left.set(board, stop);
      }
      return;
    }
    this.stay(board);
    board.close();
    if (this.opened.get(board.id) === board) this.opened.delete(board.id);
  }

  /** Of those of the room whose they are and when they were changed, by id. Throws `RequestError`. */
  facts(): Promise<ReadonlyMap<string, TopicFacts>> {
    return readFacts((path) => this.room.http(path), this.room.room?.name ?? "", "boards");
  }

  /** What we are to a board, all in all. */
  async accessTo(id: string): Promise<"owner" | "editor" | "viewer"> {
    const { access } = (await (await this.http(id)).json()) as { access?: unknown };
    return access === "owner" || access === "editor" ? access : "viewer";
  }

  /** Throws `RequestError`, as all of these. */
  async rename(id: string, title: string): Promise<void> {
    await this.http(id, "", { method: "PATCH", body: { title } });
  }

  async delete(id: string): Promise<void> {
    await this.http(id, "", { method: "DELETE" });
  }

  async templates(): Promise<BoardTemplate[]> {
    const answer = (await (await this.room.http("/api/v1/board-templates")).json()) as {
      templates: BoardTemplate[];
    };
    return answer.templates;
  }

  /** A request to a board's part of the HTTP API: `/links`, `/access`. */
  http(id: string, path = "", init: HttpRequest = {}): Promise<Response> {
    return this.room.http(`/api/v1/boards/${encodeURIComponent(id)}${path}`, asInit(init));
  }

  /** A picture of a page, or the whole board (`pdf`, `json`), as a file. */
  async export(id: string, format: "svg" | "png" | "pdf" | "json", page: string): Promise<Blob> {
    const query = new URLSearchParams(format === "svg" || format === "png" ? { format, page } : { format });
    return (await this.http(id, `/export?${query}`)).blob();
  }

  /** Puts what a file has (own JSON, `.excalidraw`) onto a page of the board. */
  async import(id: string, file: Blob, page: string): Promise<void> {
    await this.room.http(`/api/v1/boards/${id}/import?${new URLSearchParams({ page })}`, {
      method: "POST",
      body: file,
      headers: { "Content-Type": "application/json" },
    });
  }

  /** Stores a file under its SHA-256, which is returned. */
  async upload(file: Blob): Promise<string> {
    const bytes = await file.arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const name = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    await this.room.http(`/api/v1/files/${name}`, {
      method: "PUT",
      body: bytes,
      headers: { "Content-Type": file.type || "application/octet-stream" },
    });
    return name;
  }

  async file(sha256: string): Promise<Blob> {
    return (await this.room.http(`/api/v1/files/${sha256}`)).blob();
  }

  private hear(message: Message): void {
    if (message.t === "created" && typeof message.re === "number") {
      const { board } = message as { board?: unknown };
      const made = (typeof board === "object" && board !== null ? board : {}) as Partial<TopicTitle>;
      this.asked.get(message.re)?.resolve({ id: String(made.id), title: String(made.title ?? "") });
      this.asked.delete(message.re);
      return;
    }
    if (message.t === "error" && typeof message.re === "number" && this.asked.has(message.re)) {
      this.answer(message.re, String(message.code));
      return;
    }
    for (const board of [...this.opened.values()]) if (board.heard(message)) return;
  }

  /** Somebody looks at it again, or it goes now. */
  private stay(board: SharedBoard): void {
    this.left.get(board)?.();
    this.left.delete(board);
  }

  private answer(id: number, code: string): void {
    this.asked.get(id)?.reject(new RequestError(code, code));
    this.asked.delete(id);
  }

  private refuse(code: string): void {
    for (const id of [...this.asked.keys()]) this.answer(id, code);
  }
}
