// Draws elements with the page's own code, for a test that holds the server's drawing against it.
import { followLetters } from "../../web/src/board/letters";
import { pictureOf } from "../../web/src/board/painter";
import { type BoardElement, inOrder } from "../../web/src/client/board_elements";

async function drawBoard(
  elements: BoardElement[],
  rect: { x: number; y: number; w: number; h: number },
): Promise<string> {
  followLetters(() => {});
  await Promise.all([...document.fonts].map((face) => face.load()));
  const known = new Map(elements.map((element) => [element.id, element]));
  const around = { look: (id: string) => known.get(id), image: () => null, editing: null };
  const canvas = pictureOf([...elements].sort(inOrder), rect, 1, around);
  const blob = await canvas.convertToBlob({ type: "image/png" });
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(",")[1] ?? "");
    reader.readAsDataURL(blob);
  });
}

Object.assign(globalThis, { drawBoard });
