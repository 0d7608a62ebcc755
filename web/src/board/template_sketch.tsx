/** What a template looks like, in a few lines. */

import type { JSX } from "preact";

const PATHS: Record<string, string> = {
  "": "M8 6h48v32H8z",
  retro:
    "M7 6h15v32H7zM24.5 6h15v32h-15zM42 6h15v32H42zM10 11h9v6h-9zM27.5 11h9v6h-9zM45 11h9v6h-9zM10 20h9v6h-9z",
  kanban:
    "M7 6h15v32H7zM24.5 6h15v32h-15zM42 6h15v32H42zM10 11h9M10 15h9M10 19h9M27.5 11h9M27.5 15h9M45 11h9",
  swot: "M8 6h23v15H8zM33 6h23v15H33zM8 23h23v15H8zM33 23h23v15H33z",
  flowchart: "M24 4h16v8H24zM32 12v5M32 17l9 6-9 6-9-6ZM23 23H11v7M41 23h12v7M5 30h12v8H5zM47 30h12v8H47z",
  mindmap:
    "M24 17h16v10H24zM24 20 14 10M24 24 14 34M40 20l10-10M40 24l10 10M4 6h12v6H4zM4 32h12v6H4zM48 6h12v6H48zM48 32h12v6H48z",
  grid: "M8 6h48v32H8zM20 6v32M32 6v32M44 6v32M8 14h48M8 22h48M8 30h48",
};

export function TemplateSketch({ name }: { name: string }): JSX.Element {
  const key = name.toLowerCase().replace(/[^a-z]/g, "");
  return (
    <svg class="sketch" viewBox="0 0 64 44" aria-hidden="true" focusable="false">
      <path d={PATHS[key] ?? PATHS[""] ?? ""} />
    </svg>
  );
}
