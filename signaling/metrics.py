"""`GET /metrics`: the node's plain counters, read when Prometheus asks. Labels are reasons
and types, of which there are few."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from sfu.driver import MediaCounters
from sfu.drops import DropReason
from sfu.histogram import Histogram
from signaling.operations import Operations
from signaling.rooms import Rooms


@dataclass(frozen=True, slots=True)
class Timings:
    """What is measured outside the media path."""

    stalls: Histogram
    commits: Histogram
    operations: Operations


class NodeCollector(Collector):
    """Makes metric families of what the node has counted."""

    def __init__(
        self,
        rooms: Rooms,
        media: Callable[[], MediaCounters],
        timings: Timings,
        waiting_writes: Callable[[], int],
    ) -> None:
        self._rooms = rooms
        self._media = media
        self._timings = timings
        self._waiting_writes = waiting_writes

    def collect(self) -> Iterator[Metric]:
        """Everything, as it is now."""
        media = self._media()
        yield CounterMetricFamily("sfumato_packets_sent", "Media packets sent.", media.packets)
        yield CounterMetricFamily("sfumato_bytes_sent", "Bytes of the media packets sent.", media.octets)
        yield CounterMetricFamily("sfumato_datagrams_received", "Datagrams received.", media.received)
        yield CounterMetricFamily("sfumato_send_calls", "Calls that sent datagrams.", media.sends)
        yield CounterMetricFamily(
            "sfumato_receive_overflows",
            "Datagrams the kernel dropped before they were read.",
            media.overflowed,
        )
        yield CounterMetricFamily(
            "sfumato_gso_demotions", "Paths that refused segmented sends.", media.demoted
        )
        dropped = CounterMetricFamily("sfumato_dropped", "What was not used, by reason.", labels=["reason"])
        for reason in DropReason:
            dropped.add_metric([reason.value], media.drops[reason])
        yield dropped
        yield _histogram(
            "sfumato_forward_seconds", "From reading a packet to having sent it on.", media.forward
        )
        yield _histogram("sfumato_media_turn_seconds", "Media turns of the loop above 2 ms.", media.stall)
        yield _histogram(
            "sfumato_loop_stall_seconds", "How late the loop came to a timer.", self._timings.stalls
        )
        yield _histogram("sfumato_commit_seconds", "Transactions of the database.", self._timings.commits)
        yield from self._shared_work()
        yield CounterMetricFamily("sfumato_joins", "Participants that joined.", self._rooms.joins)
        yield CounterMetricFamily(
            "sfumato_wrong_pairing_codes",
            "Codes of agents that were none.",
            self._rooms.entrance.agents.wrong_codes,
        )
        yield GaugeMetricFamily("sfumato_rooms", "Open rooms.", len(self._rooms.registry))
        recorded = sum(bool(room.recording) for room in self._rooms.registry)
        yield GaugeMetricFamily("sfumato_recordings", "Rooms that are recorded.", recorded)
        yield GaugeMetricFamily("sfumato_participants", "Participants.", self._rooms.participants)
        yield GaugeMetricFamily("sfumato_sockets", "Signaling sockets.", self._rooms.sockets)
        yield GaugeMetricFamily("sfumato_peers", "Peer connections.", media.peers)
        yield GaugeMetricFamily("sfumato_publications", "Published tracks.", media.publications)

    def _shared_work(self) -> Iterator[Metric]:
        operations = HistogramMetricFamily(
            "sfumato_operation_seconds",
            "Changes of shared work, from the message to its acknowledgement.",
            labels=["type"],
        )
        for name, histogram in self._timings.operations.by_name.items():
            operations.add_metric([name], _buckets(histogram), histogram.total)
        yield operations
        channels, waiting = self._rooms.node.channels, self._waiting_writes()
        oldest = channels.oldest_pending_at()
        age = 0.0 if oldest is None else max(0.0, time.monotonic() - oldest)
        yield GaugeMetricFamily("sfumato_channels", "Data channels, those on sockets too.", len(channels))
        yield GaugeMetricFamily("sfumato_waiting_writes", "Writes that wait to be stored.", waiting)
        yield GaugeMetricFamily("sfumato_oldest_change_seconds", "Age of the oldest of them.", age)


def _histogram(name: str, documentation: str, histogram: Histogram) -> HistogramMetricFamily:
    return HistogramMetricFamily(name, documentation, buckets=_buckets(histogram), sum_value=histogram.total)


def _buckets(histogram: Histogram) -> list[tuple[str, float]]:
    buckets: list[tuple[str, float]] = []
    count = 0
    for bound, inside in zip((*histogram.bounds, float("inf")), histogram.counts, strict=True):
        count += inside
        buckets.append(("+Inf" if bound == float("inf") else str(bound), count))
    return buckets


def routes(collector: NodeCollector) -> list[web.RouteDef]:
    """The metrics' route."""
    registry = CollectorRegistry()
    registry.register(collector)

    async def metrics(request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [web.get("/metrics", metrics)]
