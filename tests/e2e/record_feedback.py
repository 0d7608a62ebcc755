"""Records the traces in tests/data/feedback: a stream above the link's rate, and Chromium's feedback on it.

    python -m tests.e2e.record_feedback [MBIT_PER_S …]

For ten seconds the stream is far above the rate, so that the queue is full and overflows. Then it pushes
above the rate and falls back again and again, as it does with an estimator at work.
"""

import asyncio
import sys
from itertools import count, pairwise

from playwright.async_api import async_playwright

from loadtests.canned import CannedVideo
from sfu.rtcp.transport_feedback import TICKS_PER_REFERENCE, TransportFeedback
from sfu.sequence import unwrap
from tests.e2e.bare_sender import BareSender
from tests.e2e.chromium import Chromium
from tests.e2e.loopback_page import serve_page
from tests.e2e.requirements import require
from tests.feedback_trace import FOLDER, OVERLOAD_S, TRACE_S, FeedbackTrace
from tests.sim.network import IP_UDP_HEADER_BYTES
from tests.sim.udp_link import UdpLink

QUEUE_MS, DELAY_MS = 300, 20
FPS = 30
OVERHEAD_BYTES = IP_UDP_HEADER_BYTES + 12 + 16 + 16
"""Around a payload: RTP header, header extensions, the GCM tag."""

OVERLOAD = 1.4
PUSHES = ((0.6, 1.3), (1.0, 0.8), (5.0, 0.95))
"""(seconds, share of the link's rate): the queue grows to 0.18 s, empties, and stays so for a while."""

PAGE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>receiver</title>
<video id="video" autoplay muted playsinline></video>
<script>
const connection = new RTCPeerConnection({bundlePolicy: "max-bundle"});
connection.addTransceiver("video", {direction: "recvonly"});
connection.ontrack = (event) => {
  document.getElementById("video").srcObject = new MediaStream([event.track]);
};
const offer = async () => {
  await connection.setLocalDescription();
  return connection.localDescription.sdp;
};
const accept = (sdp) => connection.setRemoteDescription({type: "answer", sdp});
</script>"""


class TraceRecorder:
    """Collects what was sent and what was reported of it."""

    def __init__(self) -> None:
        self.sent: list[tuple[float, int]] = []
        self._reports: list[tuple[float, int, list[int | None]]] = []
        self._reference = 0
        self._newest = 0

    def on_sent(self, number: int, size: int, now: float) -> None:
        """A packet left; numbers count from 0 without a gap."""
        assert number == len(self.sent)
        self.sent.append((now, size))

    def on_feedback(self, feedback: TransportFeedback, now: float) -> None:
        """The receiver reports."""
        first = unwrap(feedback.base_sequence, self._newest)
        if not self._reports:
            self._reference = feedback.reference_time_64ms
        zero = (feedback.reference_time_64ms - self._reference) * TICKS_PER_REFERENCE
        ticks = [None if arrival is None else zero + arrival for arrival in feedback.arrivals]
        self._newest = first + len(ticks) - 1
        self._reports.append((now, first, ticks))

    def trace(self, rate_bps: int, receiver: str) -> FeedbackTrace:
        """All of it, with times from the first packet on."""
        start = self.sent[0][0]
        first = min(tick for _, _, ticks in self._reports for tick in ticks if tick is not None)
        return FeedbackTrace(
            rate_bps,
            QUEUE_MS,
            DELAY_MS,
            receiver,
            [round((at - start) * 1e6) for at, _ in self.sent],
            [size for _, size in self.sent],
            [
                (
                    round((at - start) * 1e6),
                    number,
                    [None if tick is None else tick - first for tick in ticks],
                )
                for at, number, ticks in self._reports
            ],
        )


def share_at(seconds: float) -> float:
    """What is sent at that time of a trace, as a share of the link's rate."""
    if seconds < OVERLOAD_S:
        return OVERLOAD
    into = (seconds - OVERLOAD_S) % sum(lasts for lasts, _ in PUSHES)
    for lasts, share in PUSHES:  # noqa: B007 - the last one looked at is the answer
        if into < lasts:
            break
        into -= lasts
    return share


async def film(sender: BareSender, video: CannedVideo, rate_bps: int) -> None:
    """Send packets of `video` at a frame's pace, at each frame as many as are due."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    packets = (payload for number in count() for payload in video.frame(number))
    due_bytes = 0.0
    for number in range(int(TRACE_S * FPS)):
        await asyncio.sleep(start + number / FPS - loop.time())
        due_bytes += share_at(number / FPS) * rate_bps / 8 / FPS
        payloads = []
        while due_bytes > 0:
            payloads.append(next(packets))
            due_bytes -= len(payloads[-1]) + OVERHEAD_BYTES
        if payloads:
            sender.send_frame(payloads, number * 90_000 // FPS)


async def record(rate_bps: int) -> FeedbackTrace:
    """One trace, in real time."""
    video = CannedVideo("VP8", 1, width=640, height=360, fps=FPS, bitrate_bps=rate_bps)
    recorder = TraceRecorder()
    async with async_playwright() as playwright, UdpLink(seed=1) as link:
        sender = BareSender(recorder.on_sent, recorder.on_feedback)
        link.server = sender.address
        link.up.delay_ms = link.down.delay_ms = DELAY_MS
        async with (
            Chromium(playwright, require("chromium")) as browser,
            serve_page(PAGE) as url,
        ):
            page = await browser.open(url)
            version = await page.evaluate("navigator.userAgent.match(/Chrome.([0-9]+)/)[1]")
            await page.evaluate(
                "(sdp) => accept(sdp)", sender.answer(await page.evaluate("offer()"), link.address)
            )
            async with asyncio.timeout(30):
                await sender.connected.wait()
            link.down.rate_bps, link.down.queue_ms = rate_bps, QUEUE_MS
            await film(sender, video, rate_bps)
            await asyncio.sleep(1)  # the last reports
            sender.close()
    return recorder.trace(rate_bps, f"Chromium {version}")


def main() -> None:
    """Record and save."""
    FOLDER.mkdir(exist_ok=True)
    for megabits in map(float, sys.argv[1:] or ("0.5", "1", "3")):
        trace = asyncio.run(record(round(megabits * 1e6)))
        path = FOLDER / f"chromium-{megabits:g}mbit.json.gz"
        trace.save(path)
        arrivals = [tick for _, _, ticks in trace.reports for tick in ticks]
        megabits_sent = sum(trace.size_bytes) * 8 / trace.sent_us[-1]
        # A machine that stalls sends what is overdue in one burst, which no estimate is to be judged by.
        stall_ms = max(after - before for before, after in pairwise(trace.sent_us)) / 1000
        print(
            f"{path.name}: {len(trace.sent_us)} packets, {megabits_sent:.2f} Mbit/s, "
            f"{arrivals.count(None) / len(arrivals):.1%} lost, {len(trace.reports)} reports, "
            f"longest pause of the sender {stall_ms:.0f} ms, {path.stat().st_size} bytes"
        )


if __name__ == "__main__":
    main()
