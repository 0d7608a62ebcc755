/** What is on the page, as a list: for who does not see the drawing, or looks for something in it. */

import type { JSX } from "preact";
import { type Editor, elementWords } from "./editor";

/** More would make every change slow to show. */
const MOST = 300;

export function Outline({ editor }: { editor: Editor }): JSX.Element {
  void editor.changes.value;
  const elements = editor.scene.elements.filter(({ type }) => type !== "stroke");
  const strokes = editor.scene.count - elements.length;
  const chosen = editor.selection.value;
  return (
    <nav class="board-outline" aria-label="Elements">
      <ul>
        {elements.slice(0, MOST).map((element) => (
          <li key={element.id}>
            <button
              type="button"
              aria-pressed={chosen.has(element.id)}
              onClick={() => {
                editor.tool.value = "select";
                editor.select([element.id]);
                editor.bringIntoView(element);
                editor.focusBoard();
              }}
            >
              {elementWords(element)}
            </button>
          </li>
        ))}
        {elements.length > MOST && <li>and {elements.length - MOST} more</li>}
        {strokes > 0 && <li>{strokes === 1 ? "1 stroke" : `${strokes} strokes`}</li>}
      </ul>
    </nav>
  );
}
