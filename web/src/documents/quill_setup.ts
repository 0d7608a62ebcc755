/**
 * Quill as documents use it: its core with a small set of formats, without its own history.
 *
 * The formats are what the buttons offer. Others that a document may have (a program wrote them) are kept in the
 * document and not shown. What is embedded stands as a chip: pictures would need an address that the page may load.
 */

import Embed from "quill/blots/embed";
import Inline from "quill/blots/inline";
import Quill, { Delta, Module } from "quill/core";
import Blockquote from "quill/formats/blockquote";
import Bold from "quill/formats/bold";
import CodeBlock, { Code } from "quill/formats/code";
import Header from "quill/formats/header";
import IndentClass from "quill/formats/indent";
import Italic from "quill/formats/italic";
import Link from "quill/formats/link";
import List from "quill/formats/list";
import Strike from "quill/formats/strike";
import Underline from "quill/formats/underline";
import QuillCursors from "quill-cursors/core";
import { isAllowed } from "./link_address";
import { MARK, type Mark } from "./marked_change";

/** The key under which an embed is given to Quill, with the document's embed as its value. */
export const CHIP = "chip";

class SafeLink extends Link {
  static override PROTOCOL_WHITELIST = ["http", "https", "mailto"];
}

/** Something embedded, said in words. */
class Chip extends Embed {
  static override blotName = CHIP;
  static override className = "chip";
  static override tagName = "SPAN";

  static override create(value: unknown): HTMLElement {
    // biome-ignore lint/complexity/noThisInStatic: the parent makes the element of this class
    const node = super.create(value) as HTMLElement;
    const [kind = "embed", content] = Object.entries((value ?? {}) as Record<string, unknown>)[0] ?? [];
    node.dataset.embed = JSON.stringify(value);
    const words = kind === "image" ? "Picture" : kind === "divider" ? "―" : `[${kind}]`;
    if (typeof content === "string" && isAllowed(content)) {
      const link = document.createElement("a");
      Object.assign(link, {
        href: content,
        target: "_blank",
        rel: "noopener noreferrer",
        textContent: words,
      });
      node.append(link);
    } else node.textContent = words;
    return node;
  }

  static override value(node: HTMLElement): unknown {
    return JSON.parse(node.dataset.embed ?? "{}");
  }
}

/** What a change added or took away, in a look at the history. */
class Changed extends Inline {
  static override blotName = MARK;
  static override className = "changed";
  static override tagName = ["INS", "DEL"];

  static override create(value: Mark): HTMLElement {
    // biome-ignore lint/complexity/noThisInStatic: the parent makes the element of this class
    return super.create(value === "removed" ? "DEL" : "INS") as HTMLElement;
  }

  static override formats(node: HTMLElement): Mark {
    return node.tagName === "DEL" ? "removed" : "added";
  }
}

/** Undo is the document's (one's own changes alone, over those of others): Quill's parts call this one in vain. */
class NoHistory extends Module {
  clear(): void {}
  cutoff(): void {}
  undo(): void {}
  redo(): void {}
}

Quill.register(
  {
    "formats/blockquote": Blockquote,
    "formats/bold": Bold,
    "formats/changed": Changed,
    "formats/chip": Chip,
    "formats/code": Code,
    "formats/code-block": CodeBlock,
    "formats/header": Header,
    "formats/indent": IndentClass,
    "formats/italic": Italic,
    "formats/link": SafeLink,
    "formats/list": List,
    "formats/strike": Strike,
    "formats/underline": Underline,
    "modules/cursors": QuillCursors,
    "modules/history": NoHistory,
  },
  true,
);

const FORMATS = [
  "blockquote",
  "bold",
  CHIP,
  "code",
  "code-block",
  "header",
  "indent",
  "italic",
  "link",
  "list",
  "strike",
  "underline",
];

/** An editor in an element. `label` names it for screen readers. */
export function makeQuill(
  element: HTMLElement,
  label: string,
  options: { readOnly: boolean; placeholder?: string },
): Quill {
  const quill = new Quill(element, {
    formats: FORMATS,
    readOnly: options.readOnly,
    placeholder: options.placeholder ?? "",
    modules: {
      clipboard: {
        matchers: [
          ["a", withoutBadLinks],
          ["img, video, iframe, audio, script, noscript, template, title", nothing],
        ],
      },
      cursors: { hideDelayMs: 1_500, hideSpeedMs: 200, transformOnTextChange: true },
      // Tab leaves the text, as everywhere on a page; in a list it moves the item.
      keyboard: { bindings: { tab: { key: "Tab", handler: () => true } } },
      uploader: { mimetypes: [], handler: () => {} },
    },
  });
  describe(quill.root, label, "textbox");
  quill.root.setAttribute("aria-multiline", "true");
  return quill;
}

/** Content with a change marked in it, to be read. */
export function makePreview(element: HTMLElement, label: string): Quill {
  const quill = new Quill(element, { formats: [...FORMATS, MARK], readOnly: true });
  describe(quill.root, label, "document");
  return quill;
}

/** A delta of the document as Quill takes it. */
export function forQuill(delta: Delta): Delta {
  return mapEmbeds(delta, (embed) => ({ [CHIP]: embed }));
}

/** A delta of Quill's as the document takes it. */
export function fromQuill(delta: Delta): Delta {
  return mapEmbeds(delta, (embed) => (embed[CHIP] ?? embed) as Record<string, unknown>);
}

function mapEmbeds(delta: Delta, map: (embed: Record<string, unknown>) => Record<string, unknown>): Delta {
  if (delta.ops.every(({ insert }) => typeof insert !== "object")) return delta;
  return new Delta(
    delta.ops.map((op) => (typeof op.insert === "object" ? { ...op, insert: map(op.insert) } : op)),
  );
}

function withoutBadLinks(_: Node, delta: Delta): Delta {
  return new Delta(
    delta.ops.map((op) => {
      if (op.attributes?.link === undefined || isAllowed(String(op.attributes.link))) return op;
      const { link: _link, ...attributes } = op.attributes;
      return Object.keys(attributes).length > 0 ? { ...op, attributes } : { insert: op.insert ?? "" };
    }),
  );
}

function nothing(): Delta {
  return new Delta();
}

function describe(root: HTMLElement, label: string, role: string): void {
  root.setAttribute("role", role);
  root.setAttribute("aria-label", label);
  root.tabIndex = 0;
}
