/** The start page: names a room and a person. The same form asks for the name alone when the room is known. */

import { element } from "./elements";

export interface Entry {
  room: string;
  name: string;
}

// Long names break tiles, and the server has a limit of its own.
const NAME_LENGTH = 60;
const ROOM_LENGTH = 100;

/** Shows the form in `root` and resolves with what was entered. */
export function askEntry(root: HTMLElement, room: string | null, name: string): Promise<Entry> {
  const roomInput = element("input", {
    id: "room",
    name: "room",
    required: true,
    maxlength: String(ROOM_LENGTH),
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "e.g. weekly",
  });
  const nameInput = element("input", {
    id: "name",
    name: "name",
    required: true,
    maxlength: String(NAME_LENGTH),
    autocomplete: "name",
    placeholder: "How others see you",
  });
  nameInput.value = name;
  const form = element("form", { class: "card" });
  if (room === null) {
    form.append(
      element("h1", {}, "Sfumato"),
      element("p", {}, "Name a room to open it, or to enter it if others are there already."),
      element("label", { for: "room" }, "Room"),
      roomInput,
    );
  } else {
    form.append(element("h1", {}, room), element("p", {}, "You are about to enter this room."));
  }
  form.append(
    element("label", { for: "name" }, "Your name"),
    nameInput,
    element("button", { type: "submit", class: "primary" }, "Enter"),
  );
  root.replaceChildren(element("main", { class: "centre" }, form));
  (room === null ? roomInput : nameInput).focus();
  return new Promise((resolve) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const entry = { room: room ?? roomInput.value.trim(), name: nameInput.value.trim() };
      if (entry.room && entry.name) resolve(entry);
      else (entry.room ? nameInput : roomInput).focus();
    });
  });
}
