"""What a peer publishes: SSRCs to layers, retransmissions to packets, and the feedback it gets for them."""

from collections.abc import Callable
from math import inf
from typing import Final

from sfu import redundancy
from sfu.arrival_recorder import ArrivalRecorder
from sfu.codecs import red
from sfu.drops import DropReason
from sfu.errors import RemoteError
from sfu.identifiers import Mid, Ssrc, TrackId
from sfu.layer import Layer
from sfu.publication import Publication
from sfu.rtcp.compound import Writable
from sfu.rtcp.nack import Nack
from sfu.rtcp.pli import Pli
from sfu.rtcp.receiver_report import ReceiverReport
from sfu.rtcp.remb import Remb
from sfu.rtcp.sender_report import SenderReport
from sfu.rtp.extensions import read_elements
from sfu.rtp.packet import RtpPacket, without_padding
from sfu.sdp.extensions import ExtensionIds
from sfu.sdp.sections import PublishSection
from sfu.sequence import unwrap
from sfu.source_clock import SourceClock

REPORT_EVERY_S: Final = 1.0
"""Receiver reports; 0.5–1 s is usual (LiveKit, mediasoup), RFC 3550 §6.2 would allow more for video."""

REMB_BPS: Final = 10_000_000
"""For publishers without transport-cc: enough for three simulcast layers of 1080p; loss is their only
limit."""

PASSED_ON: Final = ("abs_capture_time", "playout_delay", "video_orientation", "dependency_descriptor")
"""Header extensions that go to subscribers as they came."""


class Stream:
    """What one received SSRC is: a layer's media, or the RTX that repairs it."""

    __slots__ = ("layer", "publication", "rtx", "section")

    def __init__(self, section: PublishSection, publication: Publication, layer: Layer, rtx: bool) -> None:
        self.section = section
        self.publication = publication
        self.layer = layer
        self.rtx = rtx


class Inbound:
    """The publishing half of a peer.

    `wake` is called with the time of a new deadline; `create` makes a publication for an m-line.
    """

    def __init__(
        self,
        rtcp_ssrc: Ssrc,
        create: Callable[[PublishSection], Publication],
        wake: Callable[[float], None],
    ) -> None:
        self.publications: dict[TrackId, Publication] = {}
        self.rtt_s = 0.1
        self._rtcp_ssrc = rtcp_ssrc
        self._create = create
        self._wake = wake
        self._sections: dict[Mid, PublishSection] = {}
        self._streams: dict[int, Stream] = {}
        self._layers: list[Layer] = []
        self._by_payload_type: dict[int, PublishSection | None] = {}
        self._ids = ExtensionIds()
        self._sequence_id = self._level_id = 0  # of the two that every packet is asked for
        self._passed: tuple[tuple[str, int], ...] = ()
        self._passed_ids: frozenset[int] = frozenset()
        self._clock = SourceClock()
        self._recorder = ArrivalRecorder(rtcp_ssrc)
        self._report_at = inf
        self._remb = False

    # --- negotiation -------------------------------------------------------------------------------------

    def apply(
        self, sections: tuple[PublishSection, ...], extensions: ExtensionIds
    ) -> tuple[list[Publication], list[Publication]]:
        """Take over an offer's publish m-lines: (publications begun, publications ended). One that only takes
        the place of another of its track is begun, and the other not ended."""
        self._ids = extensions
        self._sequence_id, self._level_id = extensions.transport_cc, extensions.audio_level
        self._passed = tuple((name, number) for name, number in extensions.items() if name in PASSED_ON)
        self._passed_ids = frozenset(number for _, number in self._passed)
        self._sections = {section.mid: section for section in sections}
        wanted = {section.track: section for section in sections}
        ended = [self.end(track) for track in [*self.publications] if track not in wanted]
        begun = []
        for track, section in wanted.items():
            before = self.publications.get(track)
            if before is not None and before.codec.key == section.codec.key:
                continue
            self.end(track)  # of another codec: whoever read it reads the new one
            publication = self.publications[track] = self._create(section)
            if before is not None:
                publication.succeed(before)
            begun.append(publication)
        self._gather()
        self._by_payload_type = {}
        for section in sections:
            self._declare(section)
        self._remb = any(
            section.feedback.remb and not (section.feedback.transport_cc and extensions.transport_cc)
            for section in sections
        )
        return begun, [publication for publication in ended if publication is not None]

    def end(self, track: TrackId) -> Publication | None:
        """Forget a track; what still comes on its SSRCs is unknown from now on."""
        publication = self.publications.pop(track, None)
        if publication is not None:
            gone = [ssrc for ssrc, stream in self._streams.items() if stream.publication is publication]
            for ssrc in gone:
                del self._streams[ssrc]
            self._gather()
        return publication

    def _gather(self) -> None:
        self._layers = [layer for publication in self.publications.values() for layer in publication.layers]

    def _declare(self, section: PublishSection) -> None:
        """Note the SSRCs and payload types an m-line announces (PROTOCOL.md: SSRC, MID+RID, payload type)."""
        for payload_type in (section.payload_type, section.rtx_payload_type, section.red_payload_type):
            if payload_type is not None:
                shared = payload_type in self._by_payload_type
                self._by_payload_type[payload_type] = None if shared else section
        rids: dict[Ssrc, str] = dict(section.ssrcs)
        for ssrc, rid in section.ssrcs:
            self._bind(ssrc, section, rid, rtx=False)
        for rtx_ssrc, ssrc in section.rtx_of:
            if ssrc in rids:
                self._bind(rtx_ssrc, section, rids[ssrc], rtx=True)

    # --- packets -----------------------------------------------------------------------------------------

    def receive(
        self,
        datagram: bytes,
        header_bytes: int,
        payload_type: int,
        marker: bool,
        timestamp: int,
        ssrc: int,
        index: int,
        payload: bytes,
        now: float,
    ) -> None:
        """An authentic RTP packet; raises RemoteError if it is no use."""
        elements = read_elements(datagram, header_bytes)
        transport_sequence = elements.get(self._sequence_id)
        if transport_sequence is not None and len(transport_sequence) == 2:
            recorder = self._recorder
            recorder.record(transport_sequence[0] << 8 | transport_sequence[1], now, marker)
            due = recorder.next_timeout()
            if due is not None:
                self._wake(due)
        stream = self._streams.get(ssrc) or self._identify(ssrc, payload_type, elements)
        if datagram[0] & 0x20:
            payload = without_padding(payload)
        if stream.rtx:
            self._repair(stream, payload_type, marker, timestamp, payload, elements, now)
            return
        layer = stream.layer
        layer.arrived(index, timestamp, len(datagram), now)
        due = layer.nacks.next_timeout()
        if due is not None:
            self._wake(due)
        if self._report_at == inf:
            self._report_at = now + REPORT_EVERY_S
            self._wake(self._report_at)
        section = stream.section
        if not payload:
            layer.skip(index)
            raise RemoteError(DropReason.RTP_PADDING)
        if payload_type != section.payload_type:
            if payload_type != section.red_payload_type:
                raise RemoteError(DropReason.RTP_UNKNOWN_PAYLOAD_TYPE)
            packet = RtpPacket(index, marker, payload_type, timestamp, red.primary(payload), now)
            if red.carries_only(payload, section.payload_type):
                packet.redundant = payload
                if not layer.muted:
                    for lost in redundancy.unpack(layer, packet, payload, section.payload_type):
                        layer.receive(lost, now)
        else:
            packet = RtpPacket(index, marker, payload_type, timestamp, payload, now)
        self._pass_on(stream, packet, elements, now)

    def _pass_on(self, stream: Stream, packet: RtpPacket, elements: dict[int, bytes], now: float) -> None:
        if not self._passed_ids.isdisjoint(elements):
            packet.extras = tuple(
                (name, elements[number]) for name, number in self._passed if number in elements
            )
        level = elements.get(self._level_id)
        if level:
            packet.level = level[0]
            stream.publication.level.observe(level[0] & 0x7F, now, level[0] > 0x7F)  # RFC 6464 §3: V, level
        stream.layer.receive(packet, now)

    def _repair(
        self,
        stream: Stream,
        payload_type: int,
        marker: bool,
        timestamp: int,
        payload: bytes,
        elements: dict[int, bytes],
        now: float,
    ) -> None:
        """RFC 4588 §4: the payload begins with the sequence number of the packet it repeats."""
        section, layer = stream.section, stream.layer
        if payload_type != section.rtx_payload_type:
            raise RemoteError(DropReason.RTP_UNKNOWN_PAYLOAD_TYPE)
        if not payload:
            raise RemoteError(DropReason.RTP_PADDING)
        if len(payload) < 2:
            raise RemoteError(DropReason.RTX_MALFORMED)
        highest = layer.statistics.highest
        if highest < 0:
            raise RemoteError(DropReason.RTX_UNKNOWN, "repair of a stream that has not begun")
        index = unwrap(payload[0] << 8 | payload[1], highest)
        if not 0 <= index <= highest:
            raise RemoteError(DropReason.RTX_UNKNOWN, "repair of a packet not yet sent")
        layer.nacks.recovered(index)
        if len(payload) == 2:
            raise RemoteError(DropReason.RTP_PADDING)
        packet = RtpPacket(index, marker, section.payload_type, timestamp, payload[2:], now)
        self._pass_on(stream, packet, elements, now)

    def _identify(self, ssrc: int, payload_type: int, elements: dict[int, bytes]) -> Stream:
        """The stream of an SSRC not seen before, by MID and RID or by payload type."""
        ids = self._ids
        mid = elements.get(ids.mid)
        if mid is not None:
            section = self._sections.get(Mid(mid.decode("ascii", "replace")))
        else:
            section = self._by_payload_type.get(payload_type)
        if section is None or section.track not in self.publications:
            raise RemoteError(DropReason.RTP_UNKNOWN_SSRC)
        rtx = payload_type == section.rtx_payload_type
        if not rtx and payload_type not in (section.payload_type, section.red_payload_type):
            # Before anything is bound: a stray packet must not take a layer from its SSRC.
            raise RemoteError(DropReason.RTP_UNKNOWN_PAYLOAD_TYPE)
        rid = ""
        if section.rids:
            element = elements.get(ids.repaired_rid if rtx else ids.rid)
            if element is None:
                raise RemoteError(DropReason.RTP_UNKNOWN_SSRC)
            rid = element.decode("ascii", "replace")
        stream = self._bind(Ssrc(ssrc), section, rid, rtx)
        if stream is None:
            raise RemoteError(DropReason.RTP_UNKNOWN_SSRC)
        return stream

    def _bind(self, ssrc: Ssrc, section: PublishSection, rid: str, rtx: bool) -> Stream | None:
        publication = self.publications[section.track]
        layer = publication.layer(rid)
        if layer is None:
            return None
        known = self._streams.get(ssrc)
        if known is not None and known.layer is layer:
            known.section = section
            return known
        old = layer.rtx_ssrc if rtx else layer.ssrc
        if old is not None and old != ssrc:
            replaced = self._streams.get(old)
            if replaced is not None and replaced.layer is layer:
                del self._streams[old]
        if rtx:
            layer.rtx_ssrc = ssrc
        else:
            layer.bind(ssrc, self._clock.stream(publication.codec.clock_rate))
            # libwebrtc takes the feedback of a transport only under the SSRC of one of its senders.
            self._recorder.media_ssrc = ssrc
        stream = self._streams[ssrc] = Stream(section, publication, layer, rtx)
        return stream

    # --- reports -----------------------------------------------------------------------------------------

    def sender_report(self, report: SenderReport, now: float) -> None:
        """The publisher ties a stream's timestamps to its clock."""
        stream = self._streams.get(report.ssrc)
        if stream is not None and not stream.rtx:
            stream.layer.statistics.sender_report(report.ntp, now)
            stream.layer.clock.sender_report(report.ntp, report.rtp_timestamp, now)

    def measured_round_trip(self, rtt_s: float) -> None:
        """Somebody measured the path to this peer: resends and key frames are timed by it."""
        self.rtt_s = rtt_s
        for layer in self._layers:
            layer.nacks.rtt_s = layer.keyframes.rtt_s = rtt_s

    def feedback(self, now: float) -> list[Writable]:
        """What to tell the publisher now: reports, lost packets, key frames wanted, arrivals."""
        messages: list[Writable] = []
        if now >= self._report_at:
            self._report_at = now + REPORT_EVERY_S if self.publications else inf
            blocks = [
                block
                for layer in self._layers
                if layer.ssrc is not None
                and (block := layer.statistics.report_block(layer.ssrc, now)) is not None
            ]
            messages.append(ReceiverReport(self._rtcp_ssrc, tuple(blocks)))
            if self._remb:
                ssrcs = tuple(layer.ssrc for layer in self._layers if layer.ssrc is not None)
                messages.append(Remb(self._rtcp_ssrc, REMB_BPS, ssrcs))
        for layer in self._layers:
            if layer.ssrc is None:
                continue
            lost = layer.nacks.due(now)
            if lost:
                messages.append(Nack(self._rtcp_ssrc, layer.ssrc, tuple(index & 0xFFFF for index in lost)))
            if layer.nacks.take_failure() and layer.sinks:
                layer.keyframes.want(now, said=True)
            if layer.keyframes.due(now):
                messages.append(Pli(self._rtcp_ssrc, layer.ssrc))
        if self._recorder.due(now):
            messages.extend(self._recorder.feedback(now))
        return messages

    def next_timeout(self) -> float:
        """When `feedback` has something to say next."""
        at = self._report_at
        for layer in self._layers:
            if layer.ssrc is not None:
                for due in (layer.nacks.next_timeout(), layer.keyframes.next_timeout()):
                    if due is not None and due < at:
                        at = due
        due = self._recorder.next_timeout()
        return at if due is None else min(at, due)
