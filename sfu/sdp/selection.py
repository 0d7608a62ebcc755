"""Which codecs and header extensions of an m-line are accepted."""

from sfu.codecs.codec import Codec
from sfu.sdp.extensions import ExtensionIds
from sfu.sdp.formats import Format, fmtp_parameters
from sfu.sdp.mid_state import MidState, payload_type_of
from sfu.sdp.offer import MediaSection
from sfu.sdp.sections import SlotCodec

# What of an Opus fmtp holds for both directions or is the other side's wish (RFC 7587 §6.1).
_OPUS_PARAMETERS = (
    "minptime",
    "ptime",
    "maxptime",
    "maxplaybackrate",
    "maxaveragebitrate",
    "stereo",
    "useinbandfec",
    "usedtx",
    "cbr",
)

_KNOWN = frozenset(ExtensionIds.__dataclass_fields__)


def accepted_codecs(section: MediaSection, state: MidState) -> tuple[SlotCodec, ...]:
    """Every enabled codec of the m-line in the offer's order, with its RTX. `state` remembers this offer."""
    found = []
    for entry in section.formats:
        if entry.codec is None or payload_type_of(state, entry.codec.key) != entry.payload_type:
            continue
        if entry.codec.name == "red" and not _red_carries_opus(entry, section):
            continue
        found.append(
            SlotCodec(
                entry.codec,
                entry.payload_type,
                _rtx_payload_type(entry.codec, entry.payload_type, section, state),
                _answered_fmtp(entry.codec, entry.fmtp),
                entry.feedback,
            )
        )
    return tuple(found)


def publish_codecs(codecs: tuple[SlotCodec, ...]) -> tuple[SlotCodec, ...]:
    """The one codec a publish m-line is answered with, after RED where RED was preferred to it."""
    for place, entry in enumerate(codecs):
        if entry.codec.name != "red":
            return (*codecs[:place], entry)
    return ()  # RED alone has nothing to carry


def slot_extensions(
    section: MediaSection, state: MidState, codecs: tuple[SlotCodec, ...], *, transport_cc: bool
) -> ExtensionIds:
    """Extensions of a slot: what the client would receive.

    RID too, though a slot's SSRC says all: in Chromium the first video m-line answered without it decides
    that no later one may be simulcast. With transport-cc a send time says nothing more: left out, headers are
    uniform in size, and equal packets share one system call.
    """
    wanted = {entry.name for entry in section.extensions if entry.received} & _KNOWN
    if "transport_cc" in wanted and transport_cc:
        wanted -= {"abs_send_time"}
    return _numbered(state, wanted, codecs, has_rids=False)


def publish_extensions(section: MediaSection, state: MidState, codecs: tuple[SlotCodec, ...]) -> ExtensionIds:
    """Extensions of a publish m-line: what the client would send."""
    wanted = {entry.name for entry in section.extensions if entry.sent} & _KNOWN
    return _numbered(state, wanted, codecs, has_rids=bool(section.rids))


def _numbered(
    state: MidState, wanted: frozenset[str] | set[str], codecs: tuple[SlotCodec, ...], *, has_rids: bool
) -> ExtensionIds:
    first = codecs[0].codec.name
    # Accepting the dependency descriptor for VP8 would empty VP8's own descriptor of layer and picture ids.
    described = first == "AV1" or (first == "VP9" and not has_rids)
    ids = dict(state.extensions.items())
    return ExtensionIds(
        **{name: ids[name] for name in wanted if described or name != "dependency_descriptor"}
    )


def _rtx_payload_type(codec: Codec, repaired: int, section: MediaSection, state: MidState) -> int | None:
    kept = payload_type_of(state, f"rtx/{codec.key}")
    offered = (entry.payload_type for entry in section.formats if entry.apt == repaired)
    return next((payload_type for payload_type in offered if payload_type == kept), None)


def _red_carries_opus(entry: Format, section: MediaSection) -> bool:
    """RFC 2198 §5: the fmtp of RED lists the payload types of its blocks; all must be the m-line's Opus."""
    opus = {
        str(other.payload_type)
        for other in section.formats
        if other.codec is not None and other.codec.name == "opus"
    }
    return entry.fmtp != "" and set(entry.fmtp.split("/")) <= opus


def _answered_fmtp(codec: Codec, fmtp: str) -> str:
    if codec.name == "opus":
        return _opus_fmtp(fmtp_parameters(fmtp))
    if codec.name == "red":
        return fmtp
    offered = fmtp_parameters(fmtp)
    # RFC 7741 §6.1, RFC 9628 §7: these are limits of the offerer's decoder, not of ours.
    return _written({name: value for name, value in offered.items() if name not in ("max-fs", "max-fr")})


def _opus_fmtp(offered: dict[str, str]) -> str:
    kept = {name: offered[name] for name in _OPUS_PARAMETERS if name in offered}
    if offered.get("sprop-stereo") == "1" or offered.get("stereo") == "1":
        kept |= {"stereo": "1", "sprop-stereo": "1"}  # RFC 7587 §6.1: we take stereo, and may send it
    return _written(kept)


def _written(parameters: dict[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in parameters.items())
