"""A browser that sends one camera in layers, one that receives it, and a node of this process between them.

No room and no view: the test says itself what the receiver is shown at.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Page

from config.settings import Limits, MediaSettings
from sfu.driver import MediaDriver
from sfu.identifiers import Csrc, Mid, PeerId, TrackId
from sfu.layer import Layer
from sfu.messages import Answered, ApplyOffer, AssignSlot, Event, OfferedTrack, OpenPeer
from sfu.slot import Slot
from tests.e2e.chromium import Chromium
from tests.e2e.loopback_page import serve_page
from tests.e2e.polling import poll

SENDER, RECEIVER = PeerId("pc_sender"), PeerId("pc_receiver")
TRACK = TrackId("tr_camera")

PAGE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>layers</title>
<video id="video" autoplay muted playsinline></video>
<script>
const connection = new RTCPeerConnection({bundlePolicy: "max-bundle"});
const frames = [];
const watch = (sender) => {
  const worker = new Worker(URL.createObjectURL(new Blob([`
    onrtctransform = async ({transformer}) => {
      const reader = transformer.readable.getReader(), writer = transformer.writable.getWriter();
      for (;;) {
        const {value: frame, done} = await reader.read();
        if (done) break;
        const told = frame.getMetadata();
        postMessage([told.rtpTimestamp ?? frame.timestamp, frame.type === "key", told.spatialIndex ?? 0,
          told.temporalIndex ?? 0, told.width, told.height, told.frameId, told.dependencies ?? []]);
        await writer.write(frame);
      }
    };`], {type: "text/javascript"})));
  worker.onmessage = (message) => frames.push(message.data);
  sender.transform = new RTCRtpScriptTransform(worker, {});
};
const prefer = (transceiver, codecs, name) => transceiver.setCodecPreferences(codecs.filter((codec) =>
  codec.mimeType === "video/rtx" ||
  codec.mimeType === "video/" + name && !/profile(-id)?=[1-9]/.test(codec.sdpFmtpLine)));
const send = async (name, scalabilityMode, width, height, frameRate, maxBitrate, watched) => {
  const stream = await navigator.mediaDevices.getUserMedia({video: {width, height, frameRate}});
  const [track] = stream.getVideoTracks();
  const transceiver = connection.addTransceiver(track,
    {direction: "sendonly", sendEncodings: [{scalabilityMode, maxBitrate}]});
  if (watched) watch(transceiver.sender);  // before anything else, or it silently never runs
  prefer(transceiver, RTCRtpSender.getCapabilities("video").codecs, name);
  const parameters = transceiver.sender.getParameters();
  parameters.degradationPreference = "maintain-resolution";  // few cores: rather fewer frames than small ones
  await transceiver.sender.setParameters(parameters);
  await connection.setLocalDescription();
  return connection.localDescription.sdp;
};
const receive = async (name) => {
  const transceiver = connection.addTransceiver("video", {direction: "recvonly"});
  prefer(transceiver, RTCRtpReceiver.getCapabilities("video").codecs, name);
  // Chromium receives no dependency descriptor unless told to.
  const extensions = transceiver.getHeaderExtensionsToNegotiate();
  extensions.find(({uri}) => uri.includes("dependency-descriptor")).direction = "sendrecv";
  transceiver.setHeaderExtensionsToNegotiate(extensions);
  connection.ontrack = (event) => {
    document.getElementById("video").srcObject = new MediaStream([event.track]);
  };
  await connection.setLocalDescription();
  return connection.localDescription.sdp;
};
const accept = (sdp) => connection.setRemoteDescription({type: "answer", sdp});
</script>"""

_ESTIMATES = re.compile(r"a=rtcp-fb:\S+ (transport-cc|goog-remb)\r\n")
"""Without these nothing but the size and rate asked for decides what is sent."""


class LayeredCall:
    """The call, once both pages have their answers."""

    def __init__(self, driver: MediaDriver, sender: Page, receiver: Page, mid: Mid) -> None:
        self.sender = sender
        self.receiver = receiver
        self._driver = driver
        self._mid = mid

    @property
    def layer(self) -> Layer:
        """The one encoding sent."""
        return self._driver.node.publications[TRACK].layers[0]

    @property
    def slot(self) -> Slot:
        """The receiver's slot."""
        receiver = next(peer for peer in self._driver.node.peers if peer.id == RECEIVER)
        return receiver.outbound.slots[self._mid]

    def show(self, width: int = 0, height: int = 0, fps: float = 0.0) -> None:
        """The receiver shows the camera at this size and rate; 0: no limit."""
        self._driver.handle(AssignSlot(RECEIVER, self._mid, TRACK, width=width, height=height, fps=fps))

    async def received(self) -> dict[str, Any]:
        """What the receiving page has of its video."""
        media: dict[str, dict[str, Any]] = await self.receiver.evaluate("receivedMedia(connection)")
        return media[self._mid]

    async def wait_received(self, condition: str, timeout_s: float = 60) -> dict[str, Any]:
        """The first statistics of which `condition`, JavaScript on `now`, holds."""
        expression = (
            f"""receivedMedia(connection).then(({{"{self._mid}": now}}) => now && {condition} ? now : null)"""
        )
        found: dict[str, Any] = await self.receiver.evaluate(poll(expression, timeout_s))
        return found


@asynccontextmanager
async def layered_call(
    browser: Chromium,
    codec: str,
    mode: str,
    *,
    width: int = 1280,
    height: int = 720,
    fps: int = 12,
    bitrate_bps: int = 3_000_000,
    watched: bool = False,
) -> AsyncIterator[LayeredCall]:
    """A call of two pages of `browser`; `mode` as W3C webrtc-svc names it. `watched`: the sending page keeps
    what it encoded in `frames`."""
    answers: dict[PeerId, Answered] = {}

    def on_event(event: Event) -> None:
        if isinstance(event, Answered):
            answers[event.peer] = event

    driver = MediaDriver(MediaSettings(host="127.0.0.1", port=0), Limits(), on_event)
    await driver.start()
    try:
        async with serve_page(PAGE) as url:
            sender, receiver = await browser.open(url), await browser.open(url)
            for peer in (SENDER, RECEIVER):
                driver.handle(OpenPeer(peer))
            sending = await sender.evaluate(
                "(arguments) => send(...arguments)", [codec, mode, width, height, fps, bitrate_bps, watched]
            )
            mid = re.findall(r"a=mid:(\S+)", sending)[0]
            track = OfferedTrack(Mid(mid), TRACK, Csrc(7), "camera")
            driver.handle(ApplyOffer(SENDER, 1, sending, (track,)))
            receiving = _ESTIMATES.sub("", await receiver.evaluate("(name) => receive(name)", codec))
            driver.handle(ApplyOffer(RECEIVER, 1, receiving, ()))
            await sender.evaluate("(sdp) => accept(sdp)", answers[SENDER].sdp)
            await receiver.evaluate("(sdp) => accept(sdp)", answers[RECEIVER].sdp)
            yield LayeredCall(driver, sender, receiver, answers[RECEIVER].slots[0].mid)
    finally:
        await driver.close()
