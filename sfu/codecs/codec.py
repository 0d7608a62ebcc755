"""Which codec a payload type stands for: the identity two m-lines must share to exchange packets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sfu.messages import Kind


@dataclass(frozen=True, slots=True)
class Codec:
    """A codec we forward, in its canonical spelling.

    `profile` is what must match between sender and receiver: ``"42e01f"`` for H264 (the level is ignored),
    ``"0"`` for VP9 and AV1, else ``""``. `channels` is 0 for video.
    """

    kind: Kind
    name: str
    clock_rate: int
    channels: int = 0
    profile: str = ""

    @property
    def key(self) -> str:
        """``"VP8"``, ``"H264/42e01f"``, ``"VP9/0"``, …: equal keys can be forwarded to each other."""
        return f"{self.name}/{self.profile}" if self.profile else self.name


OPUS: Final = Codec("audio", "opus", 48_000, 2)
RED: Final = Codec("audio", "red", 48_000, 2)
VP8: Final = Codec("video", "VP8", 90_000)
VP9: Final = Codec("video", "VP9", 90_000, profile="0")
AV1: Final = Codec("video", "AV1", 90_000, profile="0")
H264: Final = Codec(
    "video", "H264", 90_000, profile="42e01f"
)  # constrained baseline: what every browser can decode

# RFC 6184 §8.1, table 5: profile_idc, then the bits of profile-iop that must (mask) have a value.
# The canonical name keeps the level 3.1 that browsers write.
_H264_PROFILES: Final = (
    (0x42, 0x4F, 0x40, "42e01f"),  # constrained baseline
    (0x4D, 0x8F, 0x80, "42e01f"),
    (0x58, 0xCF, 0xC0, "42e01f"),
    (0x42, 0x4F, 0x00, "42001f"),  # baseline
    (0x58, 0xCF, 0x80, "42001f"),
    (0x4D, 0xAF, 0x00, "4d001f"),  # main
    (0x64, 0xFF, 0x00, "64001f"),  # high
    (0x64, 0xFF, 0x0C, "640c1f"),  # constrained high
)
_H264_DEFAULT: Final = "420010"  # RFC 6184 §8.1: without profile-level-id baseline, level 1

_DEFAULTS: Final = {codec.name: codec for codec in (OPUS, RED, VP8, VP9, AV1, H264)}
_BY_LOWER_NAME: Final = {name.lower(): codec for name, codec in _DEFAULTS.items()}


def enabled_keys(names: Iterable[str]) -> frozenset[str]:
    """Codec keys for the names of a setting: a plain ``"H264"`` means its default profile."""
    return frozenset(_DEFAULTS[name].key if name in _DEFAULTS else name for name in names)


ALL_CODECS: Final = enabled_keys(_DEFAULTS)
"""The keys of every codec enabled by default."""


def codec_of(kind: Kind, name: str, clock_rate: int, channels: int, fmtp: Mapping[str, str]) -> Codec | None:
    """The codec an rtpmap and its fmtp describe; None for an unknown one or a variant we do not forward.

    Encoding names compare without case (RFC 8866 §6.6). `fmtp` has lower-case names.
    """
    known = _BY_LOWER_NAME.get(name.lower())
    if known is None or known.kind != kind or known.clock_rate != clock_rate:
        return None
    if kind == "audio":
        return known if channels == known.channels else None  # RFC 7587 §7: opus is always written with 2
    if known is H264:
        return _h264(fmtp)
    if known is VP9:
        return VP9 if fmtp.get("profile-id", "0") == "0" else None
    if known is AV1:
        return AV1 if fmtp.get("profile", "0") == "0" else None
    return known


def _h264(fmtp: Mapping[str, str]) -> Codec | None:
    if fmtp.get("packetization-mode", "0") != "1":
        return None  # single-NAL packets cannot carry what a mode 1 sender makes
    profile = h264_profile(fmtp.get("profile-level-id", _H264_DEFAULT))
    return None if profile is None else Codec("video", "H264", 90_000, profile=profile)


def h264_profile(profile_level_id: str) -> str | None:
    """The canonical name of the profile in an H264 profile-level-id, whatever its level; None if unknown."""
    if len(profile_level_id) != 6 or not profile_level_id.isascii() or not profile_level_id.isalnum():
        return None
    try:
        idc, iop, _level = bytes.fromhex(profile_level_id)
    except ValueError:
        return None
    for profile_idc, mask, value, name in _H264_PROFILES:
        if idc == profile_idc and iop & mask == value:
            return name
    return None
