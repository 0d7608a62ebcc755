/**
 * The documents of a room: which there are, and those that are open here.
 *
 * What an open document needs is loaded with the first.
 */

import type { Message } from "./channels";
import type { DocumentHost, SharedDocument } from "./document";
import { Emitter } from "./emitter";
import { asInit, documentPath } from "./http";
import { RequestError } from "./signaling";
import type { TopicTitle } from "./types";

export interface DocumentsEvents {
  /** The list is another one. */
  changed: object;
}

interface Creation {
  resolve: (made: TopicTitle) => void;
  reject: (error: Error) => void;
}

export class Documents {
  private readonly events = new Emitter<DocumentsEvents>();
  private readonly opened = new Map<string, SharedDocument>();
  private readonly creations = new Map<number, Creation>();
  private listed: readonly TopicTitle[] = [];

  constructor(private readonly host: DocumentHost) {
    host.link.observe({
      up: () => {
        for (const document of this.opened.values()) document.up();
      },
      down: () => {
        for (const { reject } of this.creations.values())
          reject(new RequestError("unavailable", "the connection was lost"));
        this.creations.clear();
        for (const document of this.opened.values()) document.down();
      },
      heard: (message) => this.hear(message),
    });
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

  /** Makes a document, perhaps with some content. Throws `RequestError`. */
  create(title: string, delta?: { ops: readonly object[] }): Promise<TopicTitle> {
    const { link } = this.host;
    return new Promise((resolve, reject) => {
      const id = link.nextId();
      const content = delta ? { delta: { ops: delta.ops } } : {};
      if (link.send({ t: "create", id, title, ...content })) this.creations.set(id, { resolve, reject });
      else reject(new RequestError("unavailable", "there is no connection"));
    });
  }

  /** Opens a document; the same object as long as it is open. */
  async open(doc: string): Promise<SharedDocument> {
    const { SharedDocument } = await import("./document");
    return (
      this.opened.get(doc) ?? this.attach(new SharedDocument(doc, this.host, () => this.opened.delete(doc)))
    );
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
    this.events.emit("changed", {});
  }

  /** Somebody left the room. */
  left(participant: string): void {
    for (const document of this.opened.values()) document.left(participant);
  }

  /** None can be had any more. */
  end(reason: string): void {
    for (const document of [...this.opened.values()]) document.end(reason);
  }

  private hear(message: Message): void {
    const creation = this.creations.get(Number(message.re));
    if (creation) {
      this.creations.delete(Number(message.re));
      const doc = message.doc as TopicTitle | undefined;
      if (message.t === "created" && doc) creation.resolve({ id: doc.id, title: doc.title });
      else creation.reject(new RequestError(String(message.code), String(message.message ?? "")));
      return;
    }
    for (const document of this.opened.values()) if (document.hear(message)) return;
  }
}
