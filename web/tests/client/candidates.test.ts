import { expect, test } from "vitest";
import { offersTransport, withTransport } from "../../src/client/candidates";

const UDP = "a=candidate:1 1 udp 2130706431 127.0.0.1 7881 typ host\r\n";
const TCP = "a=candidate:2 1 TCP 1671430143 127.0.0.1 7881 typ host tcptype passive\r\n";
const answer = (...candidates: string[]) =>
  `v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n${candidates.join("")}a=end-of-candidates\r\n`;

test.each([
  ["udp", answer(UDP)],
  ["tcp", answer(TCP)],
] as const)("an answer can be cut down to %s", (transport, left) => {
  expect(withTransport(answer(UDP, TCP), transport)).toBe(left);
});

test.each([
  [answer(UDP, TCP), "udp", true],
  [answer(UDP, TCP), "tcp", true],
  [answer(UDP), "tcp", false],
  [answer(), "udp", false],
] as const)("%j: whether it offers %s is %s", (sdp, transport, offered) => {
  expect(offersTransport(sdp, transport)).toBe(offered);
});
