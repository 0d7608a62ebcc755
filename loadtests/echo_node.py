"""``python -m loadtests.echo_node``: a media node whose only service is to answer on data channels.

What a message costs without any service behind it. ``POST /offer`` takes an SDP offer and gives the answer;
`/` is an empty page to make one from. On a channel named ``count`` messages are counted, and ``total`` is
answered by their number; on ``live`` they go, at most 60 times a second, to everybody's ``live``; on any
other label they come back.
"""

import asyncio
import signal
from itertools import count

import uvloop
from aiohttp import web

from config.settings import Limits, MediaSettings
from sfu.driver import MediaDriver
from sfu.identifiers import PeerId
from sfu.messages import (
    Answered,
    ApplyOffer,
    ChannelClosed,
    ChannelMessage,
    ChannelOpened,
    Event,
    OpenPeer,
    PeerClosed,
    Refused,
    SendMessage,
)

TICK_S = 1 / 60

PAGE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>echo</title><script>
const connect = async (pc) => {
  await pc.setLocalDescription();
  const answer = await fetch(`/offer?peer=${window.peer}`, {method: "POST", body: pc.localDescription.sdp});
  window.peer = answer.headers.get("peer");
  await pc.setRemoteDescription({type: "answer", sdp: await answer.text()});
};
window.peer = "";
</script>"""


class EchoNode:
    """The node and what it answers."""

    def __init__(self) -> None:
        self._media = MediaDriver(MediaSettings(host="127.0.0.1", port=0), Limits(), self._on_event)
        self._numbers = count(1)
        self._answers: dict[int, asyncio.Future[str]] = {}
        self._labels: dict[tuple[PeerId, int], str] = {}
        self._counted: dict[tuple[PeerId, int], int] = {}
        self._live: list[str] = []
        self._tell_at = 0.0
        self._loop = asyncio.get_running_loop()

    def _on_event(self, event: Event) -> None:
        match event:
            case ChannelMessage(peer, channel, text) if text is not None:
                self._heard((peer, channel), text)
            case ChannelOpened(peer, channel, label):
                self._labels[peer, channel] = label
                self._counted[peer, channel] = 0
            case ChannelClosed(peer, channel):
                self._labels.pop((peer, channel), None)
            case PeerClosed(peer):
                self._labels = {key: label for key, label in self._labels.items() if key[0] != peer}
            case Answered():
                self._answers.pop(event.request).set_result(event.sdp)
            case Refused():
                self._answers.pop(event.request).set_exception(ValueError(event.message))
            case _:
                pass

    def _heard(self, where: tuple[PeerId, int], text: str) -> None:
        label = self._labels.get(where)
        if label == "live":
            if not self._live:
                self._loop.call_at(max(self._loop.time(), self._tell_at), self._tell)
            self._live.append(text)
        elif label != "count":
            self._media.handle(SendMessage((where,), text))
        elif text == "total":
            self._media.handle(SendMessage((where,), str(self._counted[where])))
        else:
            self._counted[where] += 1

    def _tell(self) -> None:
        everybody = tuple(where for where, label in self._labels.items() if label == "live")
        texts, self._live = self._live, []
        self._tell_at = self._loop.time() + TICK_S
        self._media.handle(SendMessage(everybody, f"[{','.join(texts)}]", "live"))

    async def _offer(self, request: web.Request) -> web.Response:
        number = next(self._numbers)
        peer = PeerId(request.query.get("peer") or f"pe_{number}")
        if not request.query.get("peer"):
            self._media.handle(OpenPeer(peer))
        answer = self._answers[number] = self._loop.create_future()
        self._media.handle(ApplyOffer(peer, number, await request.text(), ()))
        return web.Response(text=await answer, headers={"peer": peer})

    async def _page(self, request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def serve(self) -> None:
        """Until SIGTERM."""
        await self._media.start()
        application = web.Application()
        application.add_routes([web.get("/", self._page), web.post("/offer", self._offer)])
        runner = web.AppRunner(application, access_log=None, handle_signals=False)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        stopped = asyncio.Event()
        self._loop.add_signal_handler(signal.SIGTERM, stopped.set)
        media_host, media_port = self._media.media_address
        print(f"ready http://{host}:{port} media {media_host}:{media_port}", flush=True)
        await stopped.wait()
        await runner.cleanup()
        await self._media.close()


async def _serve() -> None:
    await EchoNode().serve()


def main() -> None:
    """The program."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve())


if __name__ == "__main__":
    main()
