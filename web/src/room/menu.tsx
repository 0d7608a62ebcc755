/** A button that opens a menu (WAI-ARIA menu button pattern): arrows move, Escape and a click outside close. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Icon, type IconName } from "./icons";
import { menuPlace } from "./menu_place";

export interface MenuProps {
  label: string;
  /** Classes of the button. */
  class: string;
  icon: IconName | JSX.Element;
  children: ComponentChildren;
  tip?: string;
}

export function Menu({ label, class: className, icon, children, tip }: MenuProps): JSX.Element {
  const open = useSignal(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const isOpen = open.value;
  // Before the next key is heard: Enter would close it again.
  useLayoutEffect(() => {
    if (!isOpen || !button.current || !list.current) return;
    putBeside(button.current, list.current);
    items(root.current)[0]?.focus();
  }, [isOpen]);
  useEffect(() => {
    if (!isOpen) return;
    const outside = (event: Event) => {
      if (!list.current?.contains(event.target as Node) && !button.current?.contains(event.target as Node))
        open.value = false;
    };
    const moved = () => {
      // Else the focus would be nowhere.
      if (list.current?.contains(document.activeElement)) button.current?.focus({ preventScroll: true });
      open.value = false;
    };
    // A chat beside it that goes on scrolls too.
    const scrolled = (event: Event) => {
      if ((event.target as Node).contains(button.current)) moved();
    };
    // It stands where its button stood when it opened: when that moves, it closes.
    addEventListener("pointerdown", outside);
    addEventListener("scroll", scrolled, true);
    addEventListener("resize", moved);
    return () => {
      removeEventListener("pointerdown", outside);
      removeEventListener("scroll", scrolled, true);
      removeEventListener("resize", moved);
    };
  }, [isOpen, open]);
  const close = () => {
    // A panel that was chosen may have the focus already.
    const { activeElement, body } = document;
    if (activeElement === body || list.current?.contains(activeElement)) button.current?.focus();
    open.value = false;
  };
  const onKey = (event: KeyboardEvent) => {
    if (!isOpen) return;
    if (event.key === "Tab") open.value = false;
    else if (event.key === "Escape") close();
    else if (!moveFocus(items(root.current), event.key)) return;
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys belong to the menu inside
    <div class="menu-place" ref={root} onKeyDown={onKey}>
      <button
        ref={button}
        type="button"
        class={className}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        data-tip={tip}
        onClick={() => {
          open.value = !isOpen;
        }}
      >
        {typeof icon === "string" ? <Icon name={icon} /> : icon}
      </button>
      {isOpen && (
        // biome-ignore lint/a11y/useKeyWithClickEvents: a click on an item closes; keys arrive as clicks
        <div class="menu" ref={list} role="menu" aria-label={label} tabIndex={-1} onClick={close}>
          {children}
        </div>
      )}
    </div>
  );
}

export interface ItemProps {
  icon?: IconName;
  onChoose: () => void;
  children: ComponentChildren;
  danger?: boolean;
  shortcut?: string;
}

/** Something to do. */
export function Item({ icon, onChoose, children, danger, shortcut }: ItemProps): JSX.Element {
  return (
    <button type="button" role="menuitem" tabIndex={-1} class={danger ? "danger" : ""} onClick={onChoose}>
      {icon && <Icon name={icon} />}
      <span class="words">{children}</span>
      {shortcut && <kbd>{shortcut}</kbd>}
    </button>
  );
}

export interface ChoiceProps {
  chosen: boolean;
  onChoose: () => void;
  children: ComponentChildren;
}

/** One of several, of which one is in force. */
export function Choice({ chosen, onChoose, children }: ChoiceProps): JSX.Element {
  return (
    <button type="button" role="menuitemradio" aria-checked={chosen} tabIndex={-1} onClick={onChoose}>
      <span class="words">{children}</span>
      {chosen && <Icon name="check" />}
    </button>
  );
}

/** Fixed to the page and not to the button: no scrolling list cuts it off. */
function putBeside(button: HTMLElement, menu: HTMLElement): void {
  const { offsetWidth: width, offsetHeight: height } = menu;
  const page = { width: innerWidth, height: innerHeight };
  const { left, top, maxHeight } = menuPlace(button.getBoundingClientRect(), { width, height }, page);
  Object.assign(menu.style, { left: `${left}px`, top: `${top}px`, maxHeight: `${maxHeight}px` });
}

function items(root: HTMLElement | null): HTMLElement[] {
  return [...(root?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
}

function moveFocus(choices: HTMLElement[], key: string): boolean {
  const at = choices.indexOf(document.activeElement as HTMLElement);
  const last = choices.length - 1;
  const next: Record<string, number> = {
    ArrowDown: at >= last ? 0 : at + 1,
    ArrowRight: at >= last ? 0 : at + 1,
    ArrowUp: at <= 0 ? last : at - 1,
    ArrowLeft: at <= 0 ? last : at - 1,
    Home: 0,
    End: last,
  };
  const target = next[key];
  if (target === undefined) return false;
  choices[target]?.focus();
  return true;
}
