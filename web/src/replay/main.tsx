/** The entry point of the replay page. */

import { render } from "preact";
import { Remembered, randomIdentity } from "../room/remembered";
import { startTheme } from "../room/theme";
import { ReplayPage } from "./replay_page";

startTheme(new Remembered(() => localStorage, randomIdentity));
render(<ReplayPage />, document.getElementById("page") ?? document.body);
