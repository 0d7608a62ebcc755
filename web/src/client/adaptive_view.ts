/**
 * Asks for what is on the screen and no more: each slot in the size of its tile, nothing for a tile that cannot be
 * seen.
 */

import { type Shown, sameWishes, slotWishes } from "./slot_wishes";
import type { Slot } from "./slots";
import type { SlotWish, View } from "./types";

/** What of a meeting is needed here. */
export interface Viewable {
  view(view: View): Promise<void>;
}

export interface AdaptiveViewOptions {
  /** False: the pictures go on while the page is in the background (as for picture-in-picture). */
  pauseWithPage?: boolean;
}

// A window that is dragged larger changes its size sixty times a second.
const SETTLE_MS = 150;

export class AdaptiveView {
  private readonly shown = new Map<Slot, Shown & { element: Element }>();
  private readonly sizes: ResizeObserver;
  private readonly sights: IntersectionObserver;
  private readonly known = new WeakSet<Slot>();
  private pinned: string[] = [];
  private wanted: string[] = [];
  private asked: { tracks: string; slots: SlotWish[] } | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private readonly onVisibility = (): void => this.soon();
  private paused: boolean;

  constructor(
    private readonly meeting: Viewable,
    options: AdaptiveViewOptions = {},
  ) {
    this.paused = options.pauseWithPage ?? true;
    this.sizes = new ResizeObserver((entries) => {
      for (const { target } of entries) this.update(target, (shown) => measure(shown, target));
    });
    this.sights = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        this.update(target, (shown) => {
          shown.visible = isIntersecting;
        });
      }
    });
    document.addEventListener("visibilitychange", this.onVisibility);
  }

  /** Says which element shows a slot; another element replaces it. Returns the call that ends that. */
  show(slot: Slot, element: Element, priority = 0): () => void {
    // After a reconnect the same mid is another slot, and the server was told nothing of it yet.
    for (const other of [...this.shown.keys()]) if (other.mid === slot.mid) this.hide(other);
    if (!this.known.has(slot)) this.asked = null;
    this.known.add(slot);
    const shown = { mid: slot.mid, width: 0, height: 0, visible: true, priority, element };
    measure(shown, element);
    this.shown.set(slot, shown);
    this.sizes.observe(element);
    this.sights.observe(element);
    this.soon();
    return () => {
      if (this.shown.get(slot)?.element === element) this.hide(slot);
    };
  }

  /** Tracks that the person keeps before them; replaces those before. A film of the meeting may follow them. */
  pin(tracks: readonly string[]): void {
    this.pinned = [...tracks];
    this.soon();
  }

  /** What else is to have a slot, whoever speaks, because the page has a place for it; replaces those before. */
  want(tracks: readonly string[]): void {
    this.wanted = [...tracks];
    this.soon();
  }

  /** Whether the pictures stop while the page is in the background. */
  pauseWithPage(pause: boolean): void {
    this.paused = pause;
    this.soon();
  }

  /** The peer connection is another: the slots shown are gone, and what the server was told of them counts no more. */
  forget(): void {
    for (const slot of [...this.shown.keys()]) this.hide(slot);
    this.asked = null;
    this.soon();
  }

  /** Ends; the view stays as it is. */
  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.sizes.disconnect();
    this.sights.disconnect();
    this.shown.clear();
    document.removeEventListener("visibilitychange", this.onVisibility);
  }

  private hide(slot: Slot): void {
    const shown = this.shown.get(slot);
    if (!shown) return;
    this.shown.delete(slot);
    this.sizes.unobserve(shown.element);
    this.sights.unobserve(shown.element);
    this.soon();
  }

  private update(element: Element, change: (shown: Shown) => void): void {
    for (const shown of this.shown.values()) {
      if (shown.element === element) change(shown);
    }
    this.soon();
  }

  private soon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.ask();
    }, SETTLE_MS);
  }

  private ask(): void {
    const hidden = this.paused && document.visibilityState === "hidden";
    const { pinned: pin, wanted: want } = this;
    const tracks = `${pin}|${want}`;
    const slots = slotWishes([...this.shown.values()], { hidden, pixelRatio: devicePixelRatio });
    if (this.asked && sameWishes(this.asked.slots, slots) && this.asked.tracks === tracks) return;
    const asked = { tracks, slots };
    this.asked = asked;
    this.meeting.view({ mode: "auto", pin, want, slots }).catch(() => {
      // A slot or a pinned track that is just gone; the next change asks again.
      if (this.asked === asked) this.asked = null;
    });
  }
}

function measure(shown: Shown, element: Element): void {
  const { width, height } = element.getBoundingClientRect();
  shown.width = width;
  shown.height = height;
}
