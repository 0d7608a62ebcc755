/** The entry point of the page. */

import { render } from "preact";
import { App } from "./app";
import { Remembered, randomIdentity } from "./remembered";
import { startTheme } from "./theme";

const root = document.getElementById("page") ?? document.body;
const remembered = new Remembered(() => localStorage, randomIdentity);
startTheme(remembered);
const app = new App(remembered);
const Root = () => app.view();
// Going back or forward between start page and meeting is a new beginning.
addEventListener("popstate", () => location.reload());
app.open();
render(<Root />, root);
