"""A small HTTP server on loopback with one page: for trying the browsers without a meeting."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def serve_page(html: str) -> AsyncIterator[str]:
    """The address of a page with this content."""

    async def page(request: web.Request) -> web.Response:
        return web.Response(text=html, content_type="text/html")

    application = web.Application()
    application.router.add_get("/", page)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}/"
    finally:
        await runner.cleanup()


# Films itself and sends it over a peer connection within the page, 720p kept sharp, to a second <video>.
MIRROR_HTML = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>mirror</title>
<video id="local" autoplay muted playsinline></video><video id="remote" autoplay playsinline></video>
<script>
const mirror = async () => {
  const stream = await navigator.mediaDevices.getUserMedia(
    {audio: true, video: {width: 1280, height: 720, frameRate: 15}});
  stream.getVideoTracks()[0].contentHint = "detail";
  document.getElementById("local").srcObject = stream;
  const near = new RTCPeerConnection({bundlePolicy: "max-bundle"});
  const far = new RTCPeerConnection({bundlePolicy: "max-bundle"});
  near.onicecandidate = (event) => far.addIceCandidate(event.candidate);
  far.onicecandidate = (event) => near.addIceCandidate(event.candidate);
  far.ontrack = (event) => { document.getElementById("remote").srcObject = event.streams[0]; };
  for (const track of stream.getTracks()) near.addTrack(track, stream);
  await near.setLocalDescription();
  await far.setRemoteDescription(near.localDescription);
  await far.setLocalDescription();
  await near.setRemoteDescription(far.localDescription);
  window.far = far;
  return stream.getTracks().length;
};
</script>"""
