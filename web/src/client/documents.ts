/**
 * The documents of a room: which there are, and those that are open here.
 *
 * What an open document needs is loaded with the first.
 */

import type { Message } from "./channels";
import type { DocumentHost, SharedDocument } from "./document";
import { Emitter } from "./emitter";
import { asInit, documentPath, roomPath } from "./http";
import { RequestError } from "./signaling";
import { randomClient } from "./topic";
import { readFacts, type TopicFacts } from "./topic_facts";
import type { TopicTitle } from "./types";

export interface DocumentsEvents {
  /** The list is another one. */
  changed: object;
}

// A network that comes back within this time has made what was asked for before.
const MAKE_WITHIN_MS = 20_000;
const RETRY_MS = 1_000;
const PASSING = new Set(["rate_limited", "unavailable"]);

export class Documents {
  private readonly events = new Emitter<DocumentsEvents>();
  private readonly opened = new Map<string, SharedDocument>();
  /** Open only until what was typed before is stored. */
  private readonly quiet = new Set<string>();
  /** Somebody waits for these. */
  private readonly opening = new Set<string>();
  private listed: readonly TopicTitle[] = [];
  private over = false;

  /** `room`: its name. */
  constructor(
    private readonly host: DocumentHost,
    private readonly room: () => string = () => "",
  ) {
    host.link.observe({
      up: () => {
        for (const document of this.opened.values()) document.up();
      },
      down: () => {
        for (const document of this.opened.values()) document.down();
      },
      heard: (message) => this.hear(message),
    });
    if (host.kept && typeof addEventListener === "function") addEventListener("pagehide", this.keep);
  }

  /** What there is in the room. */
  get list(): readonly TopicTitle[] {
    return this.listed;
  }

  /** Calls `listener` for every event of that name; returns the call that stops it. */
  on<Name extends keyof DocumentsEvents>(
    name: Name,
    listener: (event: DocumentsEvents[Name]) => void,
  ): () => void {
    return this.events.on(name, listener);
  }

  /**
   * Makes a document, perhaps with some content. Where no answer comes it is asked again: by its key it is made once.
   * Throws `RequestError`: `too_large` beyond a megabyte, `unreachable` without an answer.
   */
  async create(title: string, delta?: { ops: readonly object[] }): Promise<TopicTitle> {
    const body = { title, ...(delta ? { delta: { ops: delta.ops } } : {}) };
    const headers = { "Content-Type": "application/json", "Idempotency-Key": randomClient() };
    const init = { ...asInit({ method: "POST", body }), headers };
    for (const giveUpAt = performance.now() + MAKE_WITHIN_MS; ; ) {
      try {
        const answer = await this.host.http(`${roomPath(this.room())}/documents`, init);
        const { id, title: named } = (await answer.json()) as TopicTitle;
        return { id, title: named };
      } catch (error) {
        const refusal = error instanceof RequestError ? error : new RequestError("unreachable", "no answer");
        const passing = error !== refusal || PASSING.has(refusal.code);
        if (!passing || performance.now() >= giveUpAt) throw refusal;
      }
      await new Promise((again) => setTimeout(again, RETRY_MS));
    }
  }

  /** Of those of the room whose they are and when they were changed, by id. Throws `RequestError`. */
  facts(): Promise<ReadonlyMap<string, TopicFacts>> {
    return readFacts((path) => this.host.http(path), this.room(), "documents");
  }

  /** Opens a document; the same object as long as it is open. */
  open(doc: string): Promise<SharedDocument> {
    this.quiet.delete(doc);
    this.opening.add(doc);
    return this.load(doc).finally(() => this.opening.delete(doc));
  }

  private async load(doc: string): Promise<SharedDocument> {
    const { SharedDocument } = await import("./document");
    return this.opened.get(doc) ?? this.attach(new SharedDocument(doc, this.host, () => this.gone(doc)));
  }

  /** Gives a document its part of the link. */
  attach(document: SharedDocument): SharedDocument {
    this.opened.set(document.id, document);
    if (this.host.link.isUp) document.up();
    return document;
  }

  /** Needs to be its owner, or `moderate`. Throws `RequestError`. */
  async rename(doc: string, title: string): Promise<void> {
    await this.host.http(documentPath(doc), asInit({ method: "PATCH", body: { title } }));
  }

  /** Needs to be its owner, or `moderate`. Throws `RequestError`. */
  async delete(doc: string): Promise<void> {
    await this.host.http(documentPath(doc), asInit({ method: "DELETE" }));
  }

  /** The room told its documents. */
  know(listed: readonly TopicTitle[] | undefined): void {
    const list = listed ?? [];
    const same =
      list.length === this.listed.length &&
      list.every(({ id, title }, at) => id === this.listed[at]?.id && title === this.listed[at]?.title);
    if (same) return;
    this.listed = list;
    this.sendKept();
    this.events.emit("changed", {});
  }

  /** Somebody left the room. */
  left(participant: string): void {
    for (const document of this.opened.values()) document.left(participant);
  }

  /** The room is another one now: what is open is not in it. */
  moved(): void {
    this.endAll("moved");
  }

  /** None can be had any more. */
  end(reason: string): void {
    if (typeof removeEventListener === "function") removeEventListener("pagehide", this.keep);
    this.over = true;
    this.endAll(reason);
  }

  private endAll(reason: string): void {
    this.keep();
    for (const document of [...this.opened.values()]) document.end(reason);
  }

  private readonly keep = (): void => {
    for (const document of this.opened.values()) document.keep();
  };

  private gone(doc: string): void {
    this.opened.delete(doc);
    this.sendKept();
  }

  /** What was typed and not stored when a document was closed, or its page left, is sent although nobody looks on. */
  private sendKept(): void {
    const isLeft = (id: string) => !this.opened.has(id) && !this.opening.has(id) && this.host.kept?.has(id);
    const left = this.listed.filter(({ id }) => isLeft(id));
    for (const { id } of this.over ? [] : left) {
      this.quiet.add(id);
      void this.load(id).then((document) => {
        document.on("state", () => {
          if (this.quiet.has(id) && document.saved && document.state === "open") document.close();
        });
      });
    }
  }

  private hear(message: Message): void {
    for (const document of this.opened.values()) if (document.hear(message)) return;
  }
}
