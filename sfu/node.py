"""All peers of one process: who gets a datagram, who reads whose publication. Sans-IO; `sfu/driver.py` runs
it."""

from collections.abc import Callable
from math import inf
from random import Random
from typing import Final

from sfu.certificate import Certificate
from sfu.clock import WallClock
from sfu.demux import Protocol, demux
from sfu.drops import DropReason, Drops
from sfu.dtls import SrtpProfile, make_context
from sfu.errors import LocalError, OfferRefused, RemoteError
from sfu.flush import FlushSchedule
from sfu.identifiers import Mid, PeerId, Rid, TrackId
from sfu.messages import (
    Answered,
    AnsweredSlot,
    AnsweredTrack,
    ApplyOffer,
    AskKeyframe,
    AskStats,
    AssignSlot,
    AudioLevels,
    CloseChannel,
    ClosePeer,
    CloseTap,
    CloseTrack,
    Command,
    ConnectionQuality,
    Event,
    LayerStats,
    LayersWanted,
    MuteTrack,
    OpenPeer,
    PeerClosed,
    PeerConnected,
    PeerStats,
    Refused,
    SendMessage,
    SlotState,
    TapTrack,
    TrackLayers,
)
from sfu.path import Path
from sfu.peer import Peer, PeerSetup
from sfu.peer_quality import PeerQuality
from sfu.publication import Publication
from sfu.sdp.limits import SdpLimits
from sfu.sdp.negotiation import Negotiated
from sfu.sdp.sections import PublishSection
from sfu.slot import Slot
from sfu.stun import username_of
from sfu.tap import Outlet, Tap
from sfu.timers import Timers

MAX_DATAGRAM_BYTES: Final = 1500
"""An Ethernet frame carries no more; what is longer came in fragments, and would have to leave in
fragments."""

TICK_S: Final = 0.1
"""How often levels are told and silent layers looked for."""

SCORE_TICKS: Final = 10
"""Ticks between two looks at a peer's connection: a second, in which its reports have come."""

WANTS_TICKS: Final = 5
"""Ticks between two looks for encodings that nobody wants any more; what is wanted anew is told at once."""


class Node:
    """The media of one process.

    `emit` takes the events for the Rooms, in order. `candidates` gives what answers announce. `flush_s`,
    `fan_out`: how long, and from how many readers on, the packets of a frame wait for one another (DESIGN.md
    2).
    """

    def __init__(
        self,
        *,
        certificate: Certificate,
        emit: Callable[[Event], None],
        candidates: Callable[[], tuple[str, ...]],
        random: Random,
        wall: WallClock,
        limits: SdpLimits,
        codecs: frozenset[str],
        profiles: tuple[SrtpProfile, ...] = tuple(SrtpProfile),
        flush_s: float = 0.003,
        fan_out: int = 8,
    ) -> None:
        self.drops = Drops()
        self.publications: dict[TrackId, Publication] = {}
        self.outlet: Outlet | None = None
        """Where taps write to; set before the first is opened."""
        self._taps: dict[int, tuple[TrackId, Tap]] = {}
        self._emit = emit
        self._peers: dict[PeerId, Peer] = {}
        self._by_path: dict[Path, Peer] = {}
        self._by_ufrag: dict[str, Peer] = {}
        self._waiting: dict[TrackId, dict[tuple[PeerId, Mid], AssignSlot]] = {}
        self._tick_at = inf
        self._qualities: dict[PeerId, PeerQuality] = {}
        self._ticks = 0
        self.schedule = FlushSchedule(flush_s, fan_out)
        self._timers = Timers()
        self._setup = PeerSetup(
            dtls=make_context(certificate, profiles),
            fingerprint=certificate.fingerprint(),
            wall=wall,
            limits=limits,
            codecs=codecs,
            random=random,
            schedule=self.schedule,
            timers=self._timers,
            drops=self.drops,
            candidates=candidates,
        )
        # Totals of peers that are gone, for counters that never fall.
        self._gone_packets = 0
        self._gone_octets = 0

    # --- datagrams ---------------------------------------------------------------------------------------

    def receive(self, datagram: bytes, path: Path, now: float) -> None:
        """Take one datagram from `path`."""
        if not 0 < len(datagram) <= MAX_DATAGRAM_BYTES:
            empty = not datagram
            self.drops[DropReason.DATAGRAM_EMPTY if empty else DropReason.DATAGRAM_TOO_LARGE] += 1
            return
        peer = self._by_path.get(path)
        if peer is None:
            self._introduce(datagram, path, now)
        else:
            peer.receive(datagram, path, now)

    def _introduce(self, datagram: bytes, path: Path, now: float) -> None:
        """The first datagram of an address: a STUN check names the peer, all else is nobody's."""
        protocol = demux(datagram)
        if protocol is not Protocol.STUN:
            unvalidated = protocol is Protocol.DTLS
            self.drops[DropReason.DTLS_UNVALIDATED if unvalidated else DropReason.ADDRESS_UNKNOWN] += 1
            return
        try:
            username = username_of(datagram)
        except RemoteError as error:
            self.drops[error.reason] += 1
            return
        peer = self._by_ufrag.get(username.partition(":")[0]) if username else None
        if peer is None:
            self.drops[DropReason.STUN_USERNAME] += 1
            return
        peer.receive(datagram, path, now)
        if peer.validated(path):
            self._by_path[path] = peer

    def knows(self, path: Path) -> bool:
        """Whether a peer has validated `path`; the driver keeps only those."""
        return path in self._by_path

    def lost(self, path: Path, now: float) -> None:
        """A TCP connection closed."""
        peer = self._by_path.pop(path, None)
        if peer is not None:
            peer.forget(path, now)

    def flush(self, now: float) -> None:
        """End of a loop turn: what is due leaves."""
        self.schedule.flush(now)

    # --- time --------------------------------------------------------------------------------------------

    def next_timeout(self) -> float | None:
        """When `handle_timeout` wants to be called."""
        at = self._tick_at
        for due in (self._timers.next_timeout(), self.schedule.next_timeout()):
            if due is not None and due < at:
                at = due
        return None if at == inf else at

    def latest_timeout(self, lenience_s: float) -> float | None:
        """When `handle_timeout` has to be called: peers wait so much longer, packets that are held do not."""
        at = self._tick_at
        due = self._timers.next_timeout()
        if due is not None and due < at:
            at = due
        at += lenience_s
        due = self.schedule.next_timeout()
        if due is not None and due < at:
            at = due
        return None if at == inf else at

    def handle_timeout(self, now: float) -> None:
        """Fire what is due; ends with a flush."""
        self._timers.fire(now)
        if now >= self._tick_at:
            self._tick(now)
        self.schedule.flush(now)

    def _tick(self, now: float) -> None:
        """Levels are told of all; the rest is looked at in parts, so that no tick takes long."""
        self._ticks += 1
        levels = []
        for place, publication in enumerate(tuple(self.publications.values())):
            if publication.kind == "audio":
                levels.append((publication.track, publication.level.value(now)))
                continue
            if len(publication.layers) > 1:
                publication.check_alive(now)
            if place % WANTS_TICKS == self._ticks % WANTS_TICKS:
                self._tell_wants(publication, publication.look_at_wants(now))
        if levels:
            self._emit(AudioLevels(tuple(levels)))
        self._score(now)
        self._tick_at = now + TICK_S if self.publications else inf

    def _score(self, now: float) -> None:
        """Look at the connections of a tenth of the peers, so that each has its turn once a second."""
        for place, peer in enumerate(tuple(self._peers.values())):
            if place % SCORE_TICKS != self._ticks % SCORE_TICKS or not peer.connected or peer.closed:
                continue
            quality = self._qualities.setdefault(peer.id, PeerQuality())
            published, received = peer.inbound.publications, peer.outbound
            score = quality.look(published.values(), received.slots.values(), received.rtt_s, now)
            if score is not None:
                self._emit(ConnectionQuality(peer.id, score.score, score.reason))

    # --- commands ----------------------------------------------------------------------------------------

    def handle(self, command: Command, now: float) -> None:
        """Carry out what a Room says."""
        match command:
            case OpenPeer(identifier):
                self._peers[identifier] = Peer(identifier, self._setup, self)
            case ApplyOffer():
                self._apply_offer(command, now)
            case AssignSlot():
                self._assign(command, now)
            case MuteTrack(track, muted):
                publication = self.publications.get(track)
                if publication is not None:
                    publication.mute(muted, now)
            case CloseTrack(track):
                self._close_track(track, now)
            case ClosePeer(identifier):
                self._close_peer(identifier, now)
            case AskStats():
                self._stats(command, now)
            case SendMessage():
                self._send_message(command, now)
            case CloseChannel(identifier, channel):
                addressed = self._peers.get(identifier)
                if addressed is not None:
                    addressed.data.close_channel(channel, now)
            case TapTrack():
                self._tap(command, now)
            case AskKeyframe(tap):
                if tap in self._taps:
                    self._taps[tap][1].want_keyframe(now)
            case CloseTap(tap):
                if tap in self._taps:
                    self._taps.pop(tap)[1].assign(None, False, now)

    def _apply_offer(self, command: ApplyOffer, now: float) -> None:
        peer = self._peers.get(command.peer)
        if peer is None:
            self._emit(Refused(command.peer, command.request, "not_found", "no such peer connection"))
            return
        try:
            answer, negotiated, begun, ended = peer.negotiate(command.sdp, command.tracks, now)
        except OfferRefused as refusal:
            self.drops[refusal.reason] += 1
            self._emit(Refused(command.peer, command.request, refusal.code, refusal.message))
            return
        for publication in ended:
            self._end(publication, now)
        self._emit(
            Answered(
                command.peer,
                command.request,
                answer,
                self._answered_tracks(peer, negotiated, now),
                tuple(
                    AnsweredSlot(
                        section.mid,
                        section.kind,
                        section.seat,
                        tuple(entry.codec.key for entry in section.codecs),
                        section.parked,
                    )
                    for section in negotiated.slots
                ),
            )
        )
        for publication in begun:
            self._begin(publication, now)

    def _answered_tracks(self, peer: Peer, negotiated: Negotiated, now: float) -> tuple[AnsweredTrack, ...]:
        accepted = [
            AnsweredTrack(
                section.mid,
                section.track,
                codec=section.codec.key,
                layers=peer.inbound.publications[section.track].infos(now),
            )
            for section in negotiated.publishes
        ]
        return (*accepted, *(AnsweredTrack(mid, None, code) for mid, code in negotiated.refused))

    def _begin(self, publication: Publication, now: float) -> None:
        """A publication is there: whoever read its track before, or waits for it, reads it now."""
        before = self.publications.get(publication.track)
        self.publications[publication.track] = publication
        if self._tick_at == inf:
            self._tick_at = now + TICK_S
        if before is not None:
            for slot in tuple(before.readers):
                slot.withdraw(before, now)
                slot.assign(publication, slot.hidden, now)
        for command in self._waiting.pop(publication.track, {}).values():
            self._assign(command, now)
        for track, tap in self._taps.values():
            if track == publication.track:
                self._read(tap, publication, now)

    def _end(self, publication: Publication, now: float) -> None:
        if self.publications.get(publication.track) is publication:
            del self.publications[publication.track]
        for slot in tuple(publication.readers):
            slot.withdraw(publication, now)

    def _close_track(self, track: TrackId, now: float) -> None:
        self._waiting.pop(track, None)
        publication = self.publications.get(track)
        if publication is not None:
            for peer in self._peers.values():
                peer.inbound.end(track)
            self._end(publication, now)

    def _assign(self, command: AssignSlot, now: float) -> None:
        peer = self._peers.get(command.peer)
        slot = None if peer is None else peer.outbound.slots.get(command.mid)
        if slot is None:
            return
        self._wait_no_more(lambda key: key == (command.peer, command.mid))
        publication = None
        if command.track is not None:
            publication = self.publications.get(command.track)
            if publication is None:
                self._waiting.setdefault(command.track, {})[command.peer, command.mid] = command
        slot.ask(command.width, command.height, command.fps, command.priority, command.rank)
        slot.assign(publication, command.hidden, now)
        if publication is not None and publication.kind == "video":
            self._tell_wants(publication, publication.want(slot, now))

    def _tap(self, command: TapTrack, now: float) -> None:
        if self.outlet is None or command.tap in self._taps:
            raise LocalError(f"tap {command.tap} cannot be opened")
        tap = Tap(command.tap, command.keyframe_every_s, self.outlet)
        self._taps[command.tap] = (command.track, tap)
        publication = self.publications.get(command.track)
        if publication is not None:
            self._read(tap, publication, now)

    def _read(self, tap: Tap, publication: Publication, now: float) -> None:
        tap.assign(publication, False, now)
        if publication.kind == "video":
            self._tell_wants(publication, publication.want(tap, now))

    def _tell_wants(self, publication: Publication, rids: tuple[Rid, ...] | None) -> None:
        if rids is not None:
            self._emit(LayersWanted(publication.track, rids))

    def _close_peer(self, identifier: PeerId, now: float) -> None:
        peer = self._peers.pop(identifier, None)
        self._qualities.pop(identifier, None)
        if peer is None:
            return
        for track in tuple(peer.inbound.publications):
            publication = peer.inbound.end(track)
            if publication is not None:
                self._end(publication, now)
        if not peer.closed:
            peer.close(now)
        self._forget(peer)
        self._gone_packets += peer.outbound.outbox.packets
        self._gone_octets += peer.outbound.outbox.octets

    def _forget(self, peer: Peer) -> None:
        self._by_path = {path: owner for path, owner in self._by_path.items() if owner is not peer}
        self._by_ufrag = {ufrag: owner for ufrag, owner in self._by_ufrag.items() if owner is not peer}
        self._wait_no_more(lambda key: key[0] == peer.id)

    def _send_message(self, command: SendMessage, now: float) -> None:
        payload = command.text.encode()
        if len(payload) > self._setup.limits.data_message_bytes:
            raise LocalError(f"a message of {len(payload)} bytes")
        for identifier, channel in command.to:
            peer = self._peers.get(identifier)
            if peer is not None:
                peer.data.send(channel, payload, command.priority, command.key, now)

    def _wait_no_more(self, of: Callable[[tuple[PeerId, Mid]], bool]) -> None:
        """Forget slots that wait for tracks, and tracks that nobody waits for any more."""
        for track, waiting in [*self._waiting.items()]:
            for key in [key for key in waiting if of(key)]:
                del waiting[key]
            if not waiting:
                del self._waiting[track]

    def _stats(self, command: AskStats, now: float) -> None:
        peer = self._peers.get(command.peer)
        if peer is None:
            self._emit(PeerStats(command.peer, command.request, None, None, (), ()))
            return
        rtt_s = peer.outbound.rtt_s
        tracks = tuple(
            (
                track,
                tuple(
                    LayerStats(
                        layer.rid,
                        round(layer.statistics.rate.bitrate_bps(now)),
                        layer.statistics.loss,
                        layer.statistics.rate.fps(now),
                        publication.wants(layer),
                    )
                    for layer in publication.layers
                ),
            )
            for track, publication in peer.inbound.publications.items()
        )
        self._emit(
            PeerStats(
                command.peer,
                command.request,
                peer.outbound.downlink.estimate_bps,
                None if rtt_s is None else rtt_s * 1000,
                peer.outbound.stats(now),
                tracks,
            )
        )

    # --- what peers say (sfu.peer.Owner) -----------------------------------------------------------------

    def peer_connected(self, peer: Peer, now: float) -> None:
        """DTLS is up."""
        del now
        self._emit(PeerConnected(peer.id))

    def peer_closed(self, peer: Peer, reason: str, now: float) -> None:
        """The connection ended by itself; its tracks stay, silent, until the Room says otherwise."""
        del now
        self._forget(peer)
        self._emit(PeerClosed(peer.id, reason))

    def path_dropped(self, peer: Peer, path: Path) -> None:
        """`path` is no longer this peer's."""
        if self._by_path.get(path) is peer:
            del self._by_path[path]

    def ufrags_changed(self, peer: Peer) -> None:
        """Route by the peer's fragments of now."""
        self._by_ufrag = {ufrag: owner for ufrag, owner in self._by_ufrag.items() if owner is not peer}
        for ufrag in peer.ufrags:
            self._by_ufrag[ufrag] = peer

    def publish(self, peer: Peer, section: PublishSection) -> Publication:
        """Make the publication of an m-line; it is announced when the answer is out."""
        return Publication(
            section.track,
            section.csrc,
            section.source,
            section.kind,
            section.codec,
            section.rids,
            self.schedule,
            self._layers_changed,
            peer.wake,
        )

    def _layers_changed(self, publication: Publication, now: float) -> None:
        self._emit(TrackLayers(publication.track, publication.infos(now)))

    def tell(self, event: Event) -> None:
        """What happened on a peer's data channels."""
        self._emit(event)

    def slot_changed(self, peer: Peer, slot: Slot, now: float) -> None:
        """A slot's state is another: tell it before its packets leave."""
        publication = slot.publication
        self._emit(
            SlotState(
                peer.id,
                slot.mid,
                None if publication is None else publication.track,
                slot.paused,
                slot.layer_info(now),
            )
        )

    # --- counters ----------------------------------------------------------------------------------------

    @property
    def peers(self) -> tuple[Peer, ...]:
        """The peers there are."""
        return tuple(self._peers.values())

    def sent(self) -> tuple[int, int]:
        """(packets, bytes) of media sent since the start."""
        boxes = [peer.outbound.outbox for peer in self._peers.values()]
        return (
            self._gone_packets + sum(box.packets for box in boxes),
            self._gone_octets + sum(box.octets for box in boxes),
        )
