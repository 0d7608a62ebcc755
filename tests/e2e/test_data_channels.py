"""Data channels of Chromium and Firefox with the media node alone: open, echo, many, restart, reload."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from loadtests.node_process import NodeProcess
from tests.e2e.conftest import StartChromium
from tests.e2e.firefox import Firefox

pytestmark = pytest.mark.e2e

OPEN_JS = """async () => {
  window.pc?.close();
  window.peer = "";
  window.pc = new RTCPeerConnection({bundlePolicy: "max-bundle"});
  window.channels = {};
  window.heard = {};
  for (const label of ["documents", "whiteboard", "annotations", "control", "chat", "live", "count"]) {
    const how = label === "live" ? {ordered: false, maxRetransmits: 0} : {};
    const channel = pc.createDataChannel(label, {protocol: "sfumato.v1", ...how});
    heard[label] = [];
    channel.onmessage = (event) => heard[label].push(event.data);
    channels[label] = channel;
  }
  const open = Object.values(channels).map((channel) => new Promise((done) => { channel.onopen = done; }));
  await connect(pc);
  await Promise.all(open);
  return Object.values(channels).map((channel) => channel.readyState);
}"""

# To each label its own text, a long one and one of other alphabets; resolves to what came back.
ECHO_JS = """async () => {
  const texts = ["short", "Grüße, 会議 😀", "x".repeat(60000)];
  for (const [label, channel] of Object.entries(channels)) {
    heard[label].length = 0;
    if (label !== "live" && label !== "count") for (const text of texts) channel.send(text + label);
  }
  channels.live.send('{"t":"cursor"}');
  const labels = Object.keys(channels).filter((label) => label !== "live" && label !== "count");
  while (labels.some((label) => heard[label].length < texts.length)) {
    await new Promise((done) => setTimeout(done, 10));
  }
  return labels.every((label) => texts.every((text, place) => heard[label][place] === text + label));
}"""

# 10 000 messages of 200 bytes, so many a moment as go out within a second; resolves to the node's count.
COUNT_JS = """async (messages) => {
  const text = "x".repeat(200);
  for (let sent = 0; sent < messages; sent += 100) {
    for (let each = 0; each < 100; each++) channels.count.send(text);
    await new Promise((done) => setTimeout(done, 10));
  }
  const total = new Promise((done) => { channels.count.onmessage = (event) => done(event.data); });
  channels.count.send("total");
  return Number(await total);
}"""

RESTART_JS = """async () => {
  pc.restartIce();
  await connect(pc);
  while (pc.iceConnectionState !== "connected" && pc.iceConnectionState !== "completed") {
    await new Promise((done) => setTimeout(done, 10));
  }
  return Object.values(channels).every((channel) => channel.readyState === "open");
}"""

Evaluate = Callable[[str], Awaitable[Any]]


@pytest.fixture
async def node() -> AsyncIterator[NodeProcess]:
    """A media node with an echo behind it."""
    async with NodeProcess(pinned=False, module="loadtests.echo_node") as running:
        yield running


async def speak(evaluate: Evaluate) -> None:
    """All a page is asked for."""
    assert await evaluate(f"({OPEN_JS})()") == ["open"] * 7
    assert await evaluate(f"({ECHO_JS})()")
    assert await evaluate(f"({COUNT_JS})(10000)") == 10_000
    assert await evaluate(f"({RESTART_JS})()")
    assert await evaluate(f"({ECHO_JS})()"), "after the ICE restart"


async def test_chromium_speaks_on_every_channel(node: NodeProcess, chromium: StartChromium) -> None:
    browser = await chromium()
    page = await browser.open(node.url)
    await speak(page.evaluate)
    await page.reload()
    await speak(page.evaluate)
    assert browser.errors == []


async def test_firefox_speaks_on_every_channel(node: NodeProcess, firefox: Firefox) -> None:
    await firefox.open(node.url)
    await speak(firefox.evaluate)
    await firefox.open(node.url)
    await speak(firefox.evaluate)
    assert firefox.errors == []


async def test_a_channel_closed_by_chromium_can_be_opened_again(
    node: NodeProcess, chromium: StartChromium
) -> None:
    page = await (await chromium()).open(node.url)
    assert await page.evaluate(f"({OPEN_JS})()") == ["open"] * 7
    again = """async () => {
      const first = channels.chat.id;
      const closed = new Promise((done) => { channels.chat.onclose = done; });
      channels.chat.close();
      await closed;
      channels.chat = pc.createDataChannel("chat", {protocol: "sfumato.v1"});
      channels.chat.onmessage = (event) => heard.chat.push(event.data);
      await new Promise((done) => { channels.chat.onopen = done; });
      return channels.chat.id === first;
    }"""
    assert await page.evaluate(again)
    assert await page.evaluate(f"({ECHO_JS})()")
