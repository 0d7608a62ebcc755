"""SRTP, SRTCP and retransmission against Chromium's own implementation, over a link that spoils packets."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.chromium import Chromium
from tests.e2e.conftest import StartChromium, StartServer
from tests.e2e.meeting_page import Meeting, address, decodes, enter, is_heard, new_room
from tests.e2e.metrics import dropped
from tests.e2e.reports import Report, report, until
from tests.e2e.server import Server
from tests.sim.udp_link import UdpLink

pytestmark = pytest.mark.e2e

PERSON = 808
WIDTH, HEIGHT = 640, 360
ENOUGH = 20  # repairs, replays: so many are no accident
LOSS = 0.15
SEQUENCE_NUMBERS = 1 << 16
WRAP_DEADLINE_S = 300.0  # 46 s on two idle cores
MORE_FRAMES = 45  # three seconds
GROWN_FRAMES_JS = Path(__file__).with_name("grown_frames.js").read_text(encoding="utf-8")

EMPTY_AND_FILL = """(async () => {
  const {session, slots} = window.sfumato;
  const [mid, {track}] = [...slots].find(([, one]) => one.kind === "video" && one.track);
  for (const shown of [[], [{mid, track}]]) await session.request("view", {mode: "manual", slots: shown});
})()"""


@dataclass(frozen=True)
class Pair:
    """A page that films, and one that watches it."""

    server: Server
    publisher: Meeting
    viewer: Meeting

    async def sent(self) -> Report:
        """The publisher's statistics of its video."""
        return await report(self.publisher, "outbound-rtp")

    async def received(self) -> Report:
        """The viewer's statistics of that video."""
        return await report(self.viewer, "inbound-rtp")

    async def more_frames(self) -> None:
        """Wait until pictures have gone on for a while."""
        decoded = (await self.received())["framesDecoded"]
        await until(self.received, lambda now: now["framesDecoded"] >= decoded + MORE_FRAMES)


async def meet(server: Server, browser: Chromium, script: str = "") -> Pair:
    """Two pages of `browser` in a room, the viewer sees and hears the publisher; `script` for the latter."""
    room = new_room()
    size = {"width": WIDTH, "height": HEIGHT}
    page = await browser.open(address(server.url, room, "publisher", simulcast=0, **size), script)
    publisher = Meeting(page)
    participant = await publisher.connected()
    slots = {"camera": 0, "mic": 0, "slots": 1, "audioSlots": 1}
    viewer = await enter(browser, address(server.url, room, "viewer", identity="viewer", **slots))
    await viewer.wait_for(decodes(participant, PERSON, WIDTH, HEIGHT))
    await viewer.wait_for(is_heard(participant))
    return Pair(server, publisher, viewer)


@pytest.fixture
async def link() -> AsyncIterator[UdpLink]:
    async with UdpLink(seed=11) as opened:
        yield opened


@pytest.fixture
async def pair(link: UdpLink, start_server: StartServer, chromium: StartChromium) -> Pair:
    """Both pages behind `link`, which is perfect until told otherwise."""
    server = await start_server("--announce", "{}:{}".format(*link.address))
    link.server = server.media
    return await meet(server, await chromium(person=PERSON))


async def test_chromium_gets_again_what_is_lost_on_the_way_to_it(pair: Pair, link: UdpLink) -> None:
    assert "retransmittedPacketsReceived" not in await pair.received()  # it comes with the first on RTX
    link.down.loss = LOSS
    repaired = await until(pair.received, lambda now: now.get("retransmittedPacketsReceived", 0) >= ENOUGH)
    assert repaired["nackCount"] > 0
    await pair.more_frames()
    assert (await dropped(pair.server.url))["srtp_auth"] == 0


async def test_what_chromium_sends_again_fills_every_gap(pair: Pair, link: UdpLink) -> None:
    before = await pair.sent()
    link.up.loss = LOSS
    await until(
        pair.sent,
        lambda now: (
            now["nackCount"] > before["nackCount"]
            and now["retransmittedPacketsSent"] >= before["retransmittedPacketsSent"] + ENOUGH
        ),
    )
    await pair.more_frames()
    link.up.loss = 0.0
    # Nothing is lost on the viewer's own way: what it misses, the server had not got again.
    await until(pair.received, lambda now: now["packetsLost"] == 0)


async def test_packets_that_come_twice_are_counted_and_change_nothing(pair: Pair, link: UdpLink) -> None:
    sent, received, drops = await pair.sent(), await pair.received(), await dropped(pair.server.url)
    link.up.duplicate = link.down.duplicate = 0.5

    async def replayed() -> int:
        return (await dropped(pair.server.url))["srtp_replay"] - drops["srtp_replay"]

    await until(replayed, lambda count: count >= 10 * ENOUGH)
    await pair.more_frames()
    news = await dropped(pair.server.url) - drops
    # Browsers probe with padding and with repetitions on RTX, duplicated by the link or not.
    assert set(news) <= {"srtp_replay", "rtp_padding", "rtp_duplicate"}
    sent_since, received_since = await pair.sent(), await pair.received()
    for name in ("nackCount", "pliCount", "firCount", "retransmittedPacketsSent"):
        assert sent_since[name] == sent[name], name
    # Counted twice, a packet would make the cumulative loss of RFC 3550 negative.
    assert received_since["packetsLost"] == received["packetsLost"] == 0
    assert received_since["pliCount"] == received["pliCount"]


async def test_reports_and_feedback_pass_both_ways(pair: Pair, link: UdpLink) -> None:
    link.down.delay_ms = 30  # a round trip that can be told from none

    async def by_server() -> Report:
        stats: Report = await pair.viewer.evaluate("window.sfumato.session.request('stats', {})")
        return stats

    # Our sender reports to Chromium, and what it answers to them.
    told = await until(
        lambda: report(pair.viewer, "remote-outbound-rtp"), lambda now: now.get("reportsSent", 0) >= 3
    )
    assert told["packetsSent"] > 0
    assert told["bytesSent"] > 0
    heard = await report(pair.viewer, "remote-outbound-rtp", "audio")
    assert heard["reportsSent"] > 0
    await until(by_server, lambda now: now["rtt_ms"] is not None and now["rtt_ms"] >= 30)

    # Chromium's sender reports, and ours that answer them: only these tell it the round trip.
    answered = await until(
        lambda: report(pair.publisher, "remote-inbound-rtp"),
        lambda now: now.get("roundTripTimeMeasurements", 0) >= 2 and now["roundTripTime"] >= 0.03,
    )
    assert answered["fractionLost"] == 0

    # Key frames on demand: a slot that is filled again comes when the last one is long gone.
    before = await pair.sent()
    await pair.viewer.evaluate(EMPTY_AND_FILL)
    await until(pair.sent, lambda now: now["pliCount"] > before["pliCount"])
    # Without transport-cc feedback its estimate would stay at the 300 kbit/s it begins with.
    transports = await until(
        lambda: report(pair.publisher, "candidate-pair"),
        lambda now: now.get("availableOutgoingBitrate", 0) > 600_000,
    )
    assert transports["state"] == "succeeded"
    assert (await report(pair.viewer, "transport"))["srtpCipher"] == "SRTP_AEAD_AES_128_GCM"
    assert not {"srtp_auth", "rtcp_malformed"} & set(await dropped(pair.server.url))


async def test_chromium_takes_the_older_protection_where_it_is_all_there_is(
    link: UdpLink, start_server: StartServer, chromium: StartChromium, tmp_path: Path
) -> None:
    settings = tmp_path / "sfumato.toml"
    settings.write_text('[media]\nsrtp_profiles = ["AES128_CM_HMAC_SHA1_80"]\n')
    server = await start_server("--announce", "{}:{}".format(*link.address), "--config", str(settings))
    link.server = server.media
    pair = await meet(server, await chromium(person=PERSON))
    assert (await report(pair.viewer, "transport"))["srtpCipher"] == "SRTP_AES128_CM_HMAC_SHA1_80"
    # Repairs, key-frame requests and reports both ways: media and control packets, each on its streams.
    link.up.loss = link.down.loss = LOSS
    await until(pair.received, lambda now: now.get("retransmittedPacketsReceived", 0) >= ENOUGH)
    await until(pair.sent, lambda now: now["retransmittedPacketsSent"] >= ENOUGH)
    await pair.more_frames()
    assert not {"srtp_auth", "rtcp_malformed"} & set(await dropped(server.url))


async def test_sequence_numbers_wrap_both_ways_unnoticed(server: Server, chromium: StartChromium) -> None:
    pair = await meet(server, await chromium(person=PERSON), GROWN_FRAMES_JS)
    # Both ends begin in the lower half of the numbers (RFC 3711 §3.3.1), so that after as many packets as
    # there are numbers each has wrapped once, and rollover counters that disagree would let nothing through.
    # (Repairs and probes have a stream of their own, though these statistics count them too.)
    await until(
        pair.sent,
        lambda now: now["packetsSent"] - now["retransmittedPacketsSent"] > SEQUENCE_NUMBERS,
        WRAP_DEADLINE_S,
    )
    await until(
        pair.received,
        lambda now: now["packetsReceived"] - now.get("retransmittedPacketsReceived", 0) > SEQUENCE_NUMBERS,
    )
    await pair.more_frames()
    assert not {"srtp_auth", "srtp_replay", "srtp_too_old"} & set(await dropped(server.url))
