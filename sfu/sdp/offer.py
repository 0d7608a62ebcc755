"""A client's offer, read and judged: what each m-line wants, and that all can be one BUNDLE (RFC 9143)."""

from dataclasses import dataclass, field
from typing import Literal

from sfu.certificate import Fingerprint
from sfu.errors import RemoteError
from sfu.ice import IceCredentials
from sfu.identifiers import Mid, Ssrc
from sfu.messages import Kind
from sfu.sdp.encodings import OfferedRid, OfferedSources, read_rids, read_sources
from sfu.sdp.extensions import OfferedExtension, check_one_number_each, read_extensions
from sfu.sdp.formats import Format, read_formats
from sfu.sdp.limits import SdpLimits
from sfu.sdp.lines import Part, bad, is_token, number, split_parts

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
_DIRECTIONS: tuple[Direction, ...] = ("sendrecv", "sendonly", "recvonly", "inactive")

_RTP_PROTOCOLS = ("UDP/TLS/RTP/SAVPF", "TCP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "TCP/TLS/RTP/SAVP")
_DATA_PROTOCOLS = ("UDP/DTLS/SCTP", "TCP/DTLS/SCTP")
_DIGESTS = ("sha-256", "sha-384", "sha-512")
_LONGEST_MID = 16  # what the one-byte form of a header extension holds (RFC 8285 §4.2)
_MAX_FINGERPRINTS = 8


@dataclass(frozen=True, slots=True)
class MediaSection:
    """One m-line.

    `deleted`: port 0 without ``bundle-only``. `usable` is false for a medium or transport we do not speak.
    """

    index: int
    media: str
    protocol: str
    listed: tuple[str, ...]  # the formats of the m-line, as written
    mid: Mid
    deleted: bool = False
    usable: bool = True
    direction: Direction = "inactive"
    formats: tuple[Format, ...] = ()
    extensions: tuple[OfferedExtension, ...] = ()
    rids: tuple[OfferedRid, ...] = ()
    simulcast: bool = False
    sources: OfferedSources = field(default_factory=OfferedSources)
    rtcp_rsize: bool = False
    extmap_allow_mixed: bool = False

    @property
    def live(self) -> bool:
        """Part of the transport after this offer."""
        return self.usable and not self.deleted

    @property
    def kind(self) -> Kind | None:
        """None for the data m-line."""
        return "audio" if self.media == "audio" else "video" if self.media == "video" else None


@dataclass(frozen=True, slots=True)
class Offer:
    """A whole offer; credentials, fingerprints and setup are those of the BUNDLE group's first section."""

    credentials: IceCredentials
    fingerprints: tuple[Fingerprint, ...]
    setup: Literal["actpass", "active"]
    bundle: tuple[Mid, ...]
    media: tuple[MediaSection, ...]
    extmap_allow_mixed: bool = False  # at session level


def parse_offer(text: str, limits: SdpLimits) -> Offer:
    """Read an offer.

    Raises:
        OfferRefused: ``too_large`` beyond `limits`, ``bad_message`` for what breaks PROTOCOL.md's SDP rules.
    """
    session, *parts = split_parts(text, limits)
    media = tuple(_media_section(index, part, session) for index, part in enumerate(parts))
    mids = [section.mid for section in media if section.mid]
    if len(set(mids)) != len(mids):
        raise bad("a mid occurs twice")
    bundle = _bundle(session, media)
    tagged = parts[next(section.index for section in media if section.mid == bundle[0])]
    check_one_number_each([entry for section in media if section.live for entry in section.extensions])
    _check_ssrcs_differ(media)
    if sum(section.live and section.kind is None for section in media) > 1:
        raise bad("more than one m=application")
    return Offer(
        _credentials(tagged, session),
        _fingerprints(tagged, session),
        _setup(tagged, session),
        bundle,
        media,
        session.has("extmap-allow-mixed"),
    )


def fingerprint_of(text: str) -> tuple[str, ...] | None:
    """The certificate fingerprints an offer names, sorted and in one spelling; None without any.

    A cheap look: equal results mean the same DTLS identity, thus a renegotiation. `parse_offer` judges.
    """
    found: set[str] = set()
    mark = "\na=fingerprint:"
    start = text.find(mark)
    while start >= 0 and len(found) < _MAX_FINGERPRINTS:
        start += len(mark)
        end = text.find("\n", start)
        algorithm, _, value = text[start : end if end >= 0 else len(text)].strip().partition(" ")
        found.add(f"{algorithm.lower()} {value.strip().upper()}")
        start = text.find(mark, start)
    return tuple(sorted(found)) or None


def _media_section(index: int, part: Part, session: Part) -> MediaSection:
    words = part.m_line.split()
    if len(words) < 4:
        raise bad("an m-line needs medium, port, transport and formats")
    media, port_text, protocol, *listed = words
    port = number(port_text.partition("/")[0], 65_535)
    if port is None or not is_token(media, 64):
        raise bad("an m-line without a port")
    mid = Mid(part.first("mid") or "")
    deleted = port == 0 and not part.has("bundle-only")  # RFC 9143 §6: bundle-only with port 0 is alive
    if (mid or not deleted) and not is_token(mid, _LONGEST_MID):
        raise bad("every m-line needs a mid of at most 16 characters")
    usable = protocol in (_DATA_PROTOCOLS if media == "application" else _RTP_PROTOCOLS)
    usable = usable and media in ("audio", "video", "application")
    if media == "application" and listed[0] != "webrtc-datachannel":
        usable = False
    section = MediaSection(index, media, protocol, tuple(listed), mid, deleted, usable)
    if not section.live or section.kind is None:
        return section
    if not part.has("rtcp-mux") and not part.has("rtcp-mux-only"):
        raise bad("rtcp-mux is required")
    return MediaSection(
        index,
        media,
        protocol,
        tuple(listed),
        mid,
        direction=_direction(part, session),
        formats=read_formats(part, section.kind, listed),
        extensions=_extensions(part, session),
        rids=read_rids(part),
        simulcast=part.has("simulcast"),
        sources=read_sources(part),
        rtcp_rsize=part.has("rtcp-rsize"),
        extmap_allow_mixed=part.has("extmap-allow-mixed"),
    )


def _direction(part: Part, session: Part) -> Direction:
    for level in (part, session):
        stated = [direction for direction in _DIRECTIONS if level.has(direction)]
        if len(stated) > 1:
            raise bad("an m-line with two directions")
        if stated:
            return stated[0]
    return "sendrecv"  # RFC 8866 §6.7


def _extensions(part: Part, session: Part) -> tuple[OfferedExtension, ...]:
    return read_extensions(part) or read_extensions(session)  # RFC 8285 §6: at one level or the other


def _bundle(session: Part, media: tuple[MediaSection, ...]) -> tuple[Mid, ...]:
    live = {section.mid for section in media if section.live}
    for value in session.every("group"):
        members = value.split()
        if members[:1] != ["BUNDLE"]:
            continue
        if not live <= set(members[1:]):
            raise bad("the BUNDLE group must cover every m-line")
        bundle = tuple(Mid(mid) for mid in dict.fromkeys(members[1:]) if mid in live)
        if not bundle:
            raise bad("no m-line is alive")
        return bundle
    raise bad("BUNDLE is required")


def _check_ssrcs_differ(media: tuple[MediaSection, ...]) -> None:
    seen: set[Ssrc] = set()
    for section in media:
        ssrcs = {*section.sources.media, *(rtx for rtx, _ in section.sources.rtx_of)}
        if not seen.isdisjoint(ssrcs):
            raise bad("an SSRC occurs on two m-lines")
        seen |= ssrcs


def _credentials(tagged: Part, session: Part) -> IceCredentials:
    ufrag = tagged.first("ice-ufrag") or session.first("ice-ufrag") or ""
    pwd = tagged.first("ice-pwd") or session.first("ice-pwd") or ""
    # RFC 8839 §5.4: letters, digits, "+" and "/", 4-256 and 22-256 of them.
    for text, shortest in ((ufrag, 4), (pwd, 22)):
        if not shortest <= len(text) <= 256 or not text.isascii():
            raise bad("ice-ufrag and ice-pwd are required")
        if not text.replace("+", "").replace("/", "").replace("-", "").replace("_", "").isalnum():
            raise bad("ice-ufrag or ice-pwd with characters outside RFC 8839")
    return IceCredentials(ufrag, pwd)


def _fingerprints(tagged: Part, session: Part) -> tuple[Fingerprint, ...]:
    level = tagged if tagged.has("fingerprint") else session  # RFC 8122 §5: the media level overrides
    found: list[Fingerprint] = []
    for value in level.every("fingerprint")[:_MAX_FINGERPRINTS]:
        try:
            fingerprint = Fingerprint.parse(value)
        except RemoteError:
            raise bad("not a fingerprint") from None
        if fingerprint.algorithm in _DIGESTS and fingerprint not in found:
            found.append(fingerprint)
    if not found:
        raise bad("a fingerprint with sha-256, sha-384 or sha-512 is required")
    return tuple(found)


def _setup(tagged: Part, session: Part) -> Literal["actpass", "active"]:
    setup = tagged.first("setup") or session.first("setup") or "active"  # RFC 4145 §4: active is the default
    if setup == "actpass":
        return "actpass"
    if setup == "active":
        return "active"
    raise bad("setup must be actpass or active")
