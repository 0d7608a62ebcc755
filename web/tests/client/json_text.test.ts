import { expect, test } from "vitest";
import { Channels } from "../../src/client/channels";
import { jsonText } from "../../src/client/json_text";
import { FakeConnection, FakeSocket } from "./fake_connection";

test.each([
  [
    "a half that has lost its other half",
    { text: "a\ud83d", more: ["\ude00\ud83d"] },
    '{"text":"a\ufffd","more":["\ufffd\ufffd"]}',
  ],
  ["a whole character", { text: "😀" }, '{"text":"😀"}'],
  ["one that somebody wrote out", { text: "\\ud83d" }, '{"text":"\\\\ud83d"}'],
  ["what is no text", { at: 1, gone: undefined, none: null }, '{"at":1,"none":null}'],
])("%s", (_, value, text) => {
  expect(jsonText(value)).toBe(text);
});

test("on a data channel nothing is said that the server would close it for", () => {
  const socket = new FakeSocket();
  const channels = new Channels(socket);
  const link = channels.link("chat");
  const connection = new FakeConnection();
  channels.attach(connection.real);
  connection.channels.get("chat")?.open();
  link.send({ t: "say", text: "cut \ud83d" });
  expect(connection.channels.get("chat")?.sent).toEqual([{ t: "say", text: "cut \ufffd" }]);
  channels.close();
});
