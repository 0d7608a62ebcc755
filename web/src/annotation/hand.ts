/** The hand on a picture that is drawn on: a pointer, or the arrow keys. */

import type { DrawnMark } from "../client/annotations";
import { begin, extend, type Ink, isSomething, MOST_POINTS } from "./pens";
import { clamped, type PictureFrame, type Place } from "./picture_frame";

export interface Paper {
  frame(): PictureFrame;
  ink(): Ink;
  /** A mark as far as it is drawn. */
  draw(mark: DrawnMark): void;
  /** A mark came to nothing. */
  drop(id: string): void;
  /** A place of the picture is shown: by a light, or as where the keys are. */
  point(place: Place, laser: boolean): void;
  /** Words are to be written there. */
  write(place: Place): void;
  /** A new mark's name. */
  random(): string;
}

/** Shares of the picture's height; with Shift far, with Alt near. */
const STEP = 0.02;
const FAR = 0.1;
const NEAR = 0.002;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export class Hand {
  private mark: DrawnMark | null = null;
  private pointer: number | null = null;
  /** Where the keys are. */
  private at: Place = { x: 0.5, y: 0.5 };
  private readonly names = [
    ["pointerdown", (event: Event) => this.down(event as PointerEvent)],
    ["pointermove", (event: Event) => this.move(event as PointerEvent)],
    ["pointerup", (event: Event) => this.up(event as PointerEvent)],
    ["pointercancel", (event: Event) => this.up(event as PointerEvent)],
    ["keydown", (event: Event) => this.key(event as KeyboardEvent)],
  ] as const;

  constructor(
    private readonly element: HTMLElement,
    private readonly paper: Paper,
  ) {
    for (const [name, listener] of this.names) element.addEventListener(name, listener);
  }

  /** Ends the mark that is under way, too. */
  close(): void {
    this.finish();
    for (const [name, listener] of this.names) this.element.removeEventListener(name, listener);
  }

  private down(event: PointerEvent): void {
    const { paper, element } = this;
    const spot = this.spot(event);
    if (this.pointer !== null || event.button !== 0 || !paper.frame().has(spot)) return;
    event.preventDefault();
    this.finish();
    if (!this.start(paper.frame().toPicture(spot))) return;
    this.pointer = event.pointerId;
    element.setPointerCapture(event.pointerId);
    // Not by itself, as the event is taken; Ctrl+Z is then about the mark and not about some field.
    element.focus({ preventScroll: true });
  }

  private move(event: PointerEvent): void {
    const { paper } = this;
    const spot = this.spot(event);
    const lit = paper.ink().tool === "laser";
    // A light needs no button.
    if (lit && (this.pointer !== null || (event.pointerType === "mouse" && paper.frame().has(spot))))
      paper.point(clamped(paper.frame().toPicture(spot)), true);
    if (event.pointerId !== this.pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length > 0 ? events : [event]) this.extendTo(this.placeOf(one));
    if (this.mark && isSomething(this.mark)) paper.draw(this.mark);
  }

  private up(event: PointerEvent): void {
    if (event.pointerId !== this.pointer) return;
    if (event.type === "pointerup") this.extendTo(this.placeOf(event));
    this.pointer = null;
    this.finish();
  }

  /** Arrows move, Enter and the space bar begin and end a mark. */
  private key(event: KeyboardEvent): void {
    const { paper } = this;
    const { tool } = paper.ink();
    const arrow = ARROWS[event.key];
    if (arrow) {
      const step = event.shiftKey ? FAR : event.altKey ? NEAR : STEP;
      const { width, height } = paper.frame().rect;
      const [x, y] = [(arrow[0] * step * height) / width, arrow[1] * step];
      this.at = clamped({ x: this.at.x + x, y: this.at.y + y });
      paper.point(this.at, tool === "laser");
      this.extendTo(this.at);
      if (this.mark && isSomething(this.mark)) paper.draw(this.mark);
    } else if (event.key === "Enter" || event.key === " ") {
      if (this.mark) this.finish();
      else if (this.start(this.at) && tool === "stamp") this.finish();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Begins at a place; false: there is nothing that a movement would go on with. */
  private start(place: Place): boolean {
    const { paper } = this;
    const { tool, ...ink } = paper.ink();
    if (tool === "text") {
      paper.write(place);
      return false;
    }
    if (tool === "laser") {
      paper.point(place, true);
      return true;
    }
    this.mark = begin({ ...ink, tool }, paper.random(), place);
    // An arrow is none before the hand moves.
    if (isSomething(this.mark)) paper.draw(this.mark);
    return true;
  }

  private extendTo(place: Place): void {
    const { mark, paper } = this;
    if (!mark) return;
    const { width, height } = paper.frame().rect;
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
    this.mark = null;
    if (!mark) return;
    if (isSomething(mark)) paper.draw({ ...mark, done: true });
    else paper.drop(mark.id);
  }

  private placeOf(event: PointerEvent): Place {
    return this.paper.frame().toPicture(this.spot(event));
  }

  private spot({ clientX, clientY }: PointerEvent): Place {
    const { left, top } = this.element.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }
}
