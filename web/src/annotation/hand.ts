/** The pointer on a picture that is drawn on. */

import type { DrawnMark } from "../client/annotations";
import { begin, extend, type Ink, isSomething, MOST_POINTS } from "./pens";
import type { PictureFrame, Place } from "./picture_frame";

export interface Paper {
  frame(): PictureFrame;
  ink(): Ink;
  /** A mark as far as it is drawn. */
  draw(mark: DrawnMark): void;
  /** A mark came to nothing. */
  drop(id: string): void;
  /** A light, at a place of the picture. */
  shine(place: Place): void;
  /** Words are to be written there. */
  write(place: Place): void;
  /** A new mark's name. */
  random(): string;
}

export class Hand {
  private mark: DrawnMark | null = null;
  private pointer: number | null = null;

  constructor(
    private readonly element: HTMLElement,
    private readonly paper: Paper,
  ) {
    element.addEventListener("pointerdown", this.down);
    element.addEventListener("pointermove", this.move);
    element.addEventListener("pointerup", this.up);
    element.addEventListener("pointercancel", this.up);
  }

  /** Ends the mark that is under way, too. */
  close(): void {
    const { element } = this;
    this.finish();
    element.removeEventListener("pointerdown", this.down);
    element.removeEventListener("pointermove", this.move);
    element.removeEventListener("pointerup", this.up);
    element.removeEventListener("pointercancel", this.up);
  }

  private readonly down = (event: PointerEvent) => {
    const { paper, element } = this;
    const spot = this.spot(event);
    if (this.pointer !== null || event.button !== 0 || !paper.frame().has(spot)) return;
    event.preventDefault();
    const place = paper.frame().toPicture(spot);
    const { tool, ...ink } = paper.ink();
    if (tool === "text") {
      paper.write(place);
      return;
    }
    this.pointer = event.pointerId;
    element.setPointerCapture(event.pointerId);
    if (tool === "laser") {
      paper.shine(place);
      return;
    }
    this.mark = begin({ ...ink, tool }, paper.random(), place);
    // An arrow is none before the hand moves.
    if (isSomething(this.mark)) paper.draw(this.mark);
  };

  private readonly move = (event: PointerEvent) => {
    const { paper } = this;
    if (this.pointer === null) {
      // A light needs no button.
      if (
        paper.ink().tool === "laser" &&
        event.pointerType === "mouse" &&
        paper.frame().has(this.spot(event))
      )
        paper.shine(paper.frame().toPicture(this.spot(event)));
      return;
    }
    if (event.pointerId !== this.pointer) return;
    if (this.mark === null) {
      paper.shine(paper.frame().toPicture(this.spot(event)));
      return;
    }
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length > 0 ? events : [event]) this.extendTo(one);
    if (isSomething(this.mark)) paper.draw(this.mark);
  };

  private readonly up = (event: PointerEvent) => {
    if (event.pointerId !== this.pointer) return;
    if (this.mark && event.type === "pointerup") this.extendTo(event);
    this.finish();
  };

  private extendTo(event: PointerEvent): void {
    const { mark, paper } = this;
    if (!mark) return;
    const frame = paper.frame();
    const { width, height } = frame.rect;
    const place = frame.toPicture(this.spot(event));
    this.mark = extend(mark, place, width / height);
    if (this.mark.points.length < 2 * MOST_POINTS || (mark.tool !== "pen" && mark.tool !== "highlighter"))
      return;
    // A line that is too long for one mark goes on as the next.
    const { tool } = mark;
    paper.draw({ ...this.mark, done: true });
    this.mark = begin({ ...paper.ink(), tool }, paper.random(), place);
  }

  private finish(): void {
    const { mark, paper } = this;
    this.pointer = null;
    this.mark = null;
    if (!mark) return;
    if (isSomething(mark)) paper.draw({ ...mark, done: true });
    else paper.drop(mark.id);
  }

  private spot({ clientX, clientY }: PointerEvent): Place {
    const { left, top } = this.element.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }
}
