import { expect, test } from "vitest";
import { signalingUrl, signalingUrlElsewhere } from "../../src/client/address";

test.each([
  ["https://meet.example", "wss://meet.example/rtc"],
  ["http://127.0.0.1:8080/", "ws://127.0.0.1:8080/rtc"],
  ["https://example.org/meet/", "wss://example.org/meet/rtc"],
])("signaling of %s is at %s", (server, url) => {
  expect(signalingUrl(server)).toBe(url);
});

test.each([
  ["https://other.example", "wss://meet.example/rtc", "wss://other.example/rtc"],
  ["https://other.example", "ws://127.0.0.1:8080/rtc", "wss://other.example/rtc"],
  ["http://other.example", "ws://127.0.0.1:8080/rtc", "ws://other.example/rtc"],
  // What came encrypted does not go on in clear.
  ["http://other.example", "wss://meet.example/rtc", ""],
  ["https://meet.example", "wss://meet.example/rtc", ""],
  ["javascript:alert(1)", "wss://meet.example/rtc", ""],
  ["other.example", "wss://meet.example/rtc", ""],
  [undefined, "wss://meet.example/rtc", ""],
])("told to go to %s from %s, it goes to %s", (server, here, url) => {
  expect(signalingUrlElsewhere(server, here)).toBe(url);
});
