/** What is asked about a document and changes nothing: asked again on every new link until it is answered. */

import type { Link, Message } from "./channels";
import { RequestError } from "./signaling";

interface Question {
  message: Message;
  answered(message: Message): void;
  failed(error: Error): void;
}

export class DocumentQuestions {
  private readonly open = new Map<number, Question>();

  /** `send` sends a message, which may be lost. */
  constructor(
    private readonly link: Link,
    private readonly send: (message: Message) => void,
  ) {}

  get isEmpty(): boolean {
    return this.open.size === 0;
  }

  /** Resolves with the answer; throws `RequestError`. */
  ask(message: Message): Promise<Message> {
    return new Promise((answered, failed) => this.put({ message, answered, failed }));
  }

  has(re: unknown): boolean {
    return this.open.has(Number(re));
  }

  /** Takes an answer; false if it is to nothing here. */
  hear(message: Message): boolean {
    const question = this.open.get(Number(message.re));
    if (!question) return false;
    this.open.delete(Number(message.re));
    if (message.t === "error")
      question.failed(new RequestError(String(message.code), String(message.message ?? "")));
    else question.answered(message);
    return true;
  }

  /** Asks all anew: the link is another one, or answers were lost. */
  askAgain(): void {
    const open = [...this.open.values()];
    this.open.clear();
    for (const question of open) this.put(question);
  }

  /** Nothing will be answered any more. */
  end(reason: string): void {
    for (const { failed } of this.open.values()) failed(new RequestError(reason || "closed", "closed"));
    this.open.clear();
  }

  private put(question: Question): void {
    const id = this.link.nextId();
    this.open.set(id, question);
    if (this.link.isUp) this.send({ ...question.message, id });
  }
}
