"""Offers as the server reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.capabilities import Capabilities
from client.offer import DataLine, LocalDescription, OfferedLine, write_offer
from sfu.certificate import Fingerprint
from sfu.ice import IceCredentials
from sfu.identifiers import Mid, Ssrc
from sfu.sdp.limits import SdpLimits
from sfu.sdp.offer import Offer, parse_offer
from tests.sfu.sdp.parties import Server

CREDENTIALS = IceCredentials("ufrag123", "password-of-24-characters".replace("-", "x"))
FINGERPRINT = Fingerprint("sha-256", ":".join(["A5"] * 32))


def offer(*lines: OfferedLine | DataLine, capabilities: Capabilities | None = None, version: int = 1) -> str:
    local = LocalDescription(CREDENTIALS, FINGERPRINT, "name", 4711, version, lines)
    return write_offer(local, capabilities or Capabilities())


def read(text: str) -> Offer:
    return parse_offer(text, SdpLimits())


SLOT = OfferedLine(Mid("0"), "video", "recvonly", ("VP8", "H264", "VP9", "AV1"))
EAR = OfferedLine(Mid("1"), "audio", "recvonly", ("opus",))
CAMERA = OfferedLine(Mid("2"), "video", "sendonly", ("VP8",), ssrcs=(Ssrc(7), Ssrc(8)))
SIMULCAST = OfferedLine(Mid("3"), "video", "sendonly", ("VP8",), rids=("q", "h", "f"))
MICROPHONE = OfferedLine(Mid("4"), "audio", "sendonly", ("opus",), ssrcs=(Ssrc(9),))


def test_the_server_reads_what_was_written() -> None:
    found = read(offer(SLOT, EAR, CAMERA, SIMULCAST, MICROPHONE, DataLine(Mid("5"))))
    assert found.credentials == CREDENTIALS
    assert found.fingerprints == (FINGERPRINT,)
    assert found.setup == "actpass"
    assert [(line.mid, line.media, line.direction) for line in found.media] == [
        ("0", "video", "recvonly"),
        ("1", "audio", "recvonly"),
        ("2", "video", "sendonly"),
        ("3", "video", "sendonly"),
        ("4", "audio", "sendonly"),
        ("5", "application", "inactive"),
    ]
    slot, _, camera, simulcast, microphone, _ = found.media
    assert [entry.codec.key for entry in slot.formats if entry.codec] == [
        "VP8",
        "H264/42e01f",
        "VP9/0",
        "AV1/0",
    ]
    assert [entry.apt for entry in slot.formats if entry.apt] == [96, 98, 100, 102]
    assert (camera.sources.media, camera.sources.rtx_of) == ((7,), ((8, 7),))
    assert [rid.rid for rid in simulcast.rids] == ["q", "h", "f"]
    assert simulcast.sources.media == ()
    assert microphone.sources.media == (9,)


def test_the_server_answers_every_line() -> None:
    server = Server()
    negotiated = server.negotiate(offer(SLOT, EAR, CAMERA, SIMULCAST, MICROPHONE, DataLine(Mid("5"))))
    assert [slot.mid for slot in negotiated.slots] == ["0", "1"]
    assert [(track.mid, track.codec.name, track.rids) for track in negotiated.publishes] == [
        ("2", "VP8", ()),
        ("3", "VP8", ("q", "h", "f")),
        ("4", "opus", ()),
    ]
    assert negotiated.refused == ()
    assert negotiated.data is not None
    assert negotiated.extensions.mid == 4


@pytest.mark.parametrize(
    ("capabilities", "absent"),
    [
        (Capabilities(rtx=False), " rtx/"),
        (Capabilities(nack=False), "nack\r"),
        (Capabilities(remb=False), "goog-remb"),
        (Capabilities(transport_cc=False), "transport"),
        (Capabilities(extensions=("mid",)), "abs-send-time"),
    ],
    ids=["rtx", "nack", "remb", "transport-cc", "extensions"],
)
def test_what_a_client_cannot_is_not_offered(capabilities: Capabilities, absent: str) -> None:
    assert absent in offer(SLOT)
    assert absent not in offer(SLOT, capabilities=capabilities)


def test_slots_may_leave_out_what_tells_of_bandwidth_while_tracks_do_not() -> None:
    shy = Capabilities(estimated=False)
    for told in ("transport-wide-cc", "transport-cc", "goog-remb"):
        assert told not in offer(SLOT, EAR, capabilities=shy)
        assert told in offer(SLOT, CAMERA, capabilities=shy)


def test_a_line_may_rest_end_and_be_followed_by_others() -> None:
    server = Server()
    first = server.negotiate(offer(SLOT, EAR))
    parked = OfferedLine(SLOT.mid, "video", "inactive", SLOT.codecs)
    gone = OfferedLine(EAR.mid, "audio", "deleted", EAR.codecs)
    second = server.negotiate(offer(parked, gone, CAMERA, version=2))
    third = server.negotiate(offer(SLOT, gone, CAMERA, version=3))
    assert [slot.parked for slot in second.slots] == [True]
    assert [slot.mid for slot in third.slots] == ["0"]
    assert third.slots[0].ssrc == first.slots[0].ssrc
    assert [track.mid for track in third.publishes] == ["2"]


lines = st.lists(
    st.tuples(
        st.sampled_from(("audio", "video")),
        st.sampled_from(("sendonly", "recvonly", "inactive", "deleted")),
        st.lists(st.sampled_from(("VP8", "H264", "VP9", "AV1")), min_size=1, unique=True),
        st.booleans(),
    ),
    min_size=1,
    max_size=20,
).filter(lambda found: any(use != "deleted" for _, use, _, _ in found))


@given(found=lines, rtx=st.booleans(), transport_cc=st.booleans())
def test_any_combination_is_an_offer_the_server_takes(
    found: list[tuple[str, str, list[str], bool]], rtx: bool, transport_cc: bool
) -> None:
    written = []
    for number, (kind, use, codecs, simulcast) in enumerate(found):
        video = kind == "video"
        rids = ("q", "h") if simulcast and video and use == "sendonly" else ()
        ssrcs = (
            ()
            if rids or use != "sendonly"
            else (Ssrc(2 * number + 1), Ssrc(2 * number + 2))[: 1 + (rtx and video)]
        )
        written.append(
            OfferedLine(
                Mid(str(number)),
                "video" if video else "audio",
                use,  # type: ignore[arg-type]
                tuple(codecs) if video else ("opus",),
                rids,
                ssrcs,
            )
        )
    negotiated = Server().negotiate(
        offer(*written, capabilities=Capabilities(rtx=rtx, transport_cc=transport_cc))
    )
    sending = [line.mid for line in written if line.use == "sendonly"]
    assert [track.mid for track in negotiated.publishes] == sending[: SdpLimits().max_tracks]
    assert [slot.mid for slot in negotiated.slots] == [line.mid for line in written if line.use == "recvonly"]
