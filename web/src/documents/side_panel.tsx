/** What stands beside the text: over its lower half on a narrow page. */

import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { GlyphButton } from "../room/glyphs";
import type { DocumentModel } from "./document_model";

export interface SidePanelProps {
  model: DocumentModel;
  title: string;
  children: ComponentChildren;
}

export function SidePanel({ model, title, children }: SidePanelProps): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    if (model.draft.peek() === null) heading.current?.focus();
  }, [model]);
  const close = () => {
    model.side.value = null;
  };
  return (
    <aside
      class="side-panel"
      aria-label={title}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.defaultPrevented) return;
        event.stopPropagation();
        close();
      }}
    >
      <div class="panel-head">
        <h3 ref={heading} tabIndex={-1}>
          {title}
        </h3>
        <GlyphButton
          glyph="close"
          class="button quiet small icon-only"
          label={`Close ${title.toLowerCase()}`}
          onClick={close}
        />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to scroll by keyboard */}
      <section class="side-body" tabIndex={0} aria-label={`${title}, list`}>
        {children}
      </section>
    </aside>
  );
}
