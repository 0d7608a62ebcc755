/** One document without a meeting: what a share link opens. */

import { MESSAGE_BYTES } from "./channels";
import { SharedDocument } from "./document";
import { Documents } from "./documents";
import { Emitter } from "./emitter";
import { keptOnPage } from "./kept_edits";
import { LinkSession, type LinkSessionEvents, type LinkSessionOptions } from "./link_session";
import { randomClient } from "./topic";
import type { Participant } from "./types";

export interface DocumentSessionOptions extends Omit<LinkSessionOptions, "topic"> {
  /** Needed where the token does not say. */
  doc?: string;
}

export class DocumentSession {
  readonly document: SharedDocument;

  private readonly events = new Emitter<LinkSessionEvents>();
  private readonly session: LinkSession;
  private readonly documents: Documents;

  /** Returns at once; `document` opens by itself. Throws `TypeError` for a token that is of no document. */
  static connect(options: DocumentSessionOptions): DocumentSession {
    return new DocumentSession(options);
  }

  private constructor({ doc, ...options }: DocumentSessionOptions) {
    const session = new LinkSession({ ...options, ...(doc === undefined ? {} : { topic: doc }) });
    this.session = session;
    const host = {
      link: session.channels.link("documents"),
      live: session.live,
      client: randomClient(),
      messageBytes: () => session.limitOf("data_message_bytes") ?? MESSAGE_BYTES,
      who: (participant: string) => session.roster.participants.get(participant) ?? null,
      self: () => session.roster.self,
      kept: keptOnPage(),
      http: (path: string, init?: RequestInit) => session.http(path, init),
    };
    this.documents = new Documents(host);
    this.document = this.documents.attach(new SharedDocument(session.topic, host));
    session.onEvent("changed", () => {
      this.documents.know(session.room?.documents);
      this.events.emit("changed", {});
    });
    session.on("participant_left", ({ participant }) => this.documents.left(participant));
    session.onEvent("closed", (closed) => {
      this.documents.end(closed.code === 1000 ? "" : "ended");
      this.events.emit("changed", {});
      this.events.emit("closed", closed);
    });
    session.open();
  }

  /** False while the way to the server is down; what is typed waits. */
  get isUp(): boolean {
    return this.session.isUp;
  }

  /** What the document is called; "" before it is known. */
  get title(): string {
    return this.session.title;
  }

  /** Ourselves; null before we are in. */
  get me(): Participant | null {
    return this.session.me;
  }

  /** Those this session is told of, by id. */
  get participants(): ReadonlyMap<string, Participant> {
    return this.session.roster.participants;
  }

  /** Calls `listener` for every event of that name; returns the call that stops it. */
  on<Name extends keyof LinkSessionEvents>(
    name: Name,
    listener: (event: LinkSessionEvents[Name]) => void,
  ): () => void {
    return this.events.on(name, listener);
  }

  /** Closes the document and leaves. */
  async close(): Promise<void> {
    this.document.close();
    await this.session.leave();
  }
}
