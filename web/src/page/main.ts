/** Which page an address means. */

import { requestToken } from "../client/token";
import { exposeForTests } from "./exposed";
import { MeetingPage } from "./meeting_page";
import { parameters, roomPath } from "./parameters";
import { Remembered, randomIdentity } from "./remembered";
import { askEntry } from "./start_page";

const root = document.getElementById("page") ?? document.body;
const remembered = new Remembered(() => localStorage, randomIdentity);
// Going back or forward between start page and meeting is a new beginning.
addEventListener("popstate", () => location.reload());
void open();

async function open(): Promise<void> {
  const settings = parameters(location);
  if (settings.room !== null && settings.token !== null) {
    await enter(settings.room, Promise.resolve(settings.token));
    return;
  }
  let { room } = settings;
  let name = settings.name ?? "";
  if (room === null || name === "") {
    const entry = await askEntry(root, room, name || remembered.name);
    ({ name } = entry);
    remembered.name = name;
    // No new page load: the click on Enter is what lets the meeting play sound.
    if (room === null) history.pushState(null, "", roomPath(entry.room, location.search));
    ({ room } = entry);
  }
  const identity = settings.identity ?? remembered.identity;
  await enter(
    room,
    requestToken({ room, name, identity, ...(settings.role ? { role: settings.role } : {}) }),
  );
}

async function enter(room: string, token: Promise<string>): Promise<void> {
  document.title = `${room} – Sfumato`;
  const page = new MeetingPage(root, room, parameters(location), token);
  exposeForTests(page.meeting);
  await page.start();
}
