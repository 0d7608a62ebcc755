import fc from "fast-check";
import { expect, test } from "vitest";
import { menuPlace } from "../../src/room/menu_place";

const page = { width: 1280, height: 800 };
const menu = { width: 280, height: 400 };

function button(x: number, y: number) {
  return { x, y, width: 32, height: 32 };
}

test.each([
  ["below, where it fits", button(100, 100), { left: 100, top: 138 }],
  ["above, where it only fits there", button(100, 700), { left: 100, top: 294 }],
  ["ending with a button of the right half", button(1200, 100), { left: 952, top: 138 }],
  ["not over the right edge", { ...button(1200, 100), width: 200 }, { left: 992, top: 138 }],
])("a menu opens %s", (_, at, place) => {
  expect(menuPlace(at, menu, page)).toMatchObject(place);
});

test("a menu is always whole, beside its button, and inside the page", () => {
  const somewhere = fc.record({
    width: fc.integer({ min: 320, max: 2560 }),
    height: fc.integer({ min: 320, max: 1440 }),
    x: fc.double({ min: 0, max: 1, noNaN: true }),
    y: fc.double({ min: 0, max: 1, noNaN: true }),
    menuHeight: fc.integer({ min: 40, max: 900 }),
  });
  fc.assert(
    fc.property(somewhere, ({ width, height, x, y, menuHeight }) => {
      const at = button(x * (width - 32), y * (height - 32));
      const place = menuPlace(at, { width: 280, height: menuHeight }, { width, height });
      const shown = Math.min(menuHeight, place.maxHeight);
      expect(place.left).toBeGreaterThanOrEqual(0);
      expect(place.left + 280).toBeLessThanOrEqual(width);
      expect(place.top).toBeGreaterThanOrEqual(0);
      expect(place.top + shown).toBeLessThanOrEqual(height);
      expect(place.top >= at.y + 32 || place.top + shown <= at.y).toBe(true);
    }),
  );
});
