"""Every setting of a node, with its default, its bounds and its meaning.

The dataclasses are the schema: `config.keys` walks them, `config.load` fills them. A field named ``port`` in
`MediaSettings` is ``media.port`` in TOML and ``SFUMATO_MEDIA__PORT`` in the environment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from config.addresses import check_announce, check_host, check_network, is_wildcard
from config.paths import check_path
from config.urls import check_database_url, check_http_url, check_turn_url

Codec = Literal["opus", "red", "VP8", "H264", "VP9", "AV1"]
SrtpProfileName = Literal["AEAD_AES_128_GCM", "AES128_CM_HMAC_SHA1_80"]

Host = Annotated[str, AfterValidator(check_host)]
Announced = Annotated[str, AfterValidator(check_announce)]
Port = Annotated[int, Field(ge=0, le=65535)]
"""0 is any free port."""

FilePath = Annotated[Path, BeforeValidator(check_path)]
TurnUrl = Annotated[str, AfterValidator(check_turn_url)]
HttpUrl = Annotated[str, AfterValidator(check_http_url)]
DatabaseUrl = Annotated[str, AfterValidator(check_database_url)]

NodeName = Annotated[str, Field(max_length=128, pattern=r"^[!-~]*$")]
Network = Annotated[str, AfterValidator(check_network)]

Count = Annotated[int, Field(ge=1, le=2**31 - 1)]
Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """HTTPS: certificate and key files, or a certificate made at start for trials on a LAN."""

    cert: FilePath | None = None
    key: FilePath | None = None
    self_signed: bool = False

    @property
    def enabled(self) -> bool:
        """True if HTTP is served as HTTPS."""
        return self.self_signed or self.cert is not None


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """HTTP and WebSocket."""

    host: Host = "0.0.0.0"
    port: Port = 8080
    public_url: HttpUrl | None = None
    """How people reach the node from outside, for the links it makes; unset: as the request came."""

    tls: TlsSettings = field(default_factory=TlsSettings)

    @property
    def bind_host(self) -> str | None:
        """What to listen on; None is every address of both families (asyncio binds ``::`` to IPv6 alone)."""
        return None if is_wildcard(self.host) else self.host


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """The UDP port (and the same on TCP) that carries every peer's media and data."""

    host: Host = "0.0.0.0"
    port: Port = 7881
    announce: tuple[Announced, ...] = ()
    """``IP``, ``IP:PORT``, ``[IP]:PORT`` or ``stun:HOST:PORT``; replaces what is announced. Empty: `host`."""

    tcp: bool = True
    """ICE-TCP passive candidates on the same port."""

    codecs: tuple[Codec, ...] = ("opus", "red", "VP8", "H264", "VP9", "AV1")
    """What may be published."""

    srtp_profiles: Annotated[tuple[SrtpProfileName, ...], Field(min_length=1)] = (
        "AEAD_AES_128_GCM",
        "AES128_CM_HMAC_SHA1_80",
    )
    """How media is protected, best first; browsers take the first."""

    flush_ms: Annotated[float, Field(ge=0, le=20, allow_inf_nan=False)] = 3.0
    """How long the packets of a frame may wait to leave together."""

    flush_fanout: Count = 8
    """Subscribers of a layer from which on its packets wait for the end of the frame."""

    socket_buffer_bytes: Annotated[int, Field(ge=65_536, le=1 << 30)] = 8 * 1024 * 1024
    """Kernel buffer asked for, each direction; a shortfall is reported at start."""

    gso: Literal["auto", "off"] = "auto"
    """Send runs of equal packets with one call (UDP_SEGMENT) where the kernel can."""


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """What a room is like unless it is made otherwise."""

    auto_create: bool = True
    """A join makes the room."""

    guests: bool = False
    """People may enter by the link alone, without a token."""

    lobby: bool = False
    """A new room lets people wait until a moderator admits them."""

    empty_timeout_s: Seconds = 60.0
    """An empty room ends this long after its last grace time."""

    max_participants: Count = 1000
    """Participants of a new room; at most `limits.max_participants`."""


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """TURN servers that clients are told of, with credentials that coturn's `use-auth-secret` accepts."""

    urls: tuple[TurnUrl, ...] = ()
    """``turn:HOST:PORT?transport=udp``, ``turns:…``; ``stun:…`` goes out without credentials."""

    secret: str | None = field(default=None, repr=False)
    """coturn's ``static-auth-secret``."""

    ttl_s: Annotated[int, Field(ge=3_600, le=7 * 86_400)] = 6 * 3_600
    """How long a credential is good; clients get a fresh one each half hour."""


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """The database."""

    url: DatabaseUrl | None = field(default=None, repr=False)
    """``postgresql://USER:PASSWORD@HOST/DATABASE``; unset: SQLite in the data folder."""

    room_file_bytes: Count = 1024 * 1024 * 1024
    """Pictures on all boards of one room together."""


@dataclass(frozen=True, slots=True)
class BucketSettings:
    """An S3-compatible bucket for recordings that are finished. Needs the extra ``sfumato[bucket]``."""

    name: str | None = None
    """Unset: recordings stay in the data folder."""

    endpoint: HttpUrl | None = None
    """Unset: Amazon's."""

    region: str = "us-east-1"
    prefix: str = "recordings/"
    """What the names of its objects begin with."""

    access_key: str | None = None
    """Unset: as boto3 finds it (environment, ``~/.aws``, the machine's role)."""

    secret_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """Recordings."""

    automatic: tuple[str, ...] = ()
    """Names of rooms that are recorded by themselves, with ``*`` and ``?``."""

    keyframe_s: Annotated[float, Field(ge=1, le=60, allow_inf_nan=False)] = 10.0
    """A key frame is asked for where none came for so long: how finely recordings can be sought in."""

    min_free_bytes: Annotated[int, Field(ge=0)] = 512 * 1024 * 1024
    """None is started with less room on the disk."""

    keep_days: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    """Older ones are deleted; 0: none is."""

    keep_bytes: Annotated[int, Field(ge=0)] = 0
    """The oldest are deleted where all together are more; 0: none is."""

    bucket: BucketSettings = field(default_factory=BucketSettings)
    forward_to: tuple[Network, ...] = ()
    """Networks (``192.0.2.0/24``) that tracks may be forwarded to as RTP; empty: none."""


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Who is told by HTTP of what happens in the rooms."""

    urls: tuple[HttpUrl, ...] = ()
    secret: str | None = field(default=None, repr=False)
    """What the messages are signed with."""

    give_up_hours: Annotated[float, Field(gt=0, le=24 * 365, allow_inf_nan=False)] = 72.0
    """How long a receiver that does not answer is tried."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client or one room may use. Clients are told all of it in `joined`.

    Text is counted in UTF-16 code units, as browsers count it.
    """

    message_bytes: Count = 1024 * 1024
    """One signaling message; larger ones close the socket (4413)."""

    data_message_bytes: Annotated[int, Field(ge=65_536, le=1024 * 1024)] = 65_536
    """One data-channel message; what the node itself says at once is shorter."""

    sdp_bytes: Count = 768 * 1024
    """One offer: about 6 kB a video m-line in Chromium, times `max_mlines`."""

    max_mlines: Count = 128
    max_slots_audio: Count = 50
    max_slots_video: Count = 50
    max_tracks: Count = 16
    """Tracks one participant may publish."""

    max_participants: Count = 1000
    per_identity: Count = 4
    """Participants with the same identity in a room."""

    roster: Count = 100
    """Members above which joins and leaves come summed up."""

    grace_ms: Annotated[int, Field(ge=0, le=3_600_000)] = 30_000
    messages_per_s: Count = 100
    in_flight: Count = 32
    history: Count = 10_000
    base_window: Count = 256
    open_topics: Count = 64
    document_units: Count = 2_000_000
    board_elements: Count = 20_000
    stroke_points: Count = 10_000
    chat: Count = 200
    """Messages in a chat snapshot."""

    chat_text: Count = 4_000
    name: Count = 128
    metadata: Count = 4_096
    title: Count = 256
    comment: Count = 10_000
    file_bytes: Count = 25 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LogSettings:
    """Logs go to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is in force."""

    http: HttpSettings = field(default_factory=HttpSettings)
    media: MediaSettings = field(default_factory=MediaSettings)
    rooms: RoomSettings = field(default_factory=RoomSettings)
    turn: TurnSettings = field(default_factory=TurnSettings)
    storage: StorageSettings = field(default_factory=StorageSettings)
    recording: RecordingSettings = field(default_factory=RecordingSettings)
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)
    limits: Limits = field(default_factory=Limits)
    log: LogSettings = field(default_factory=LogSettings)
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    """API key name → secret, which signs tokens; at least 32 bytes (RFC 7518 §3.2: HS256)."""

    data: FilePath | None = None
    """Folder of the database, files and recordings. Unset: ``data``; in `dev` one that goes at the end."""

    name: NodeName = ""
    """What the node is called among those that share a database, the same after each start. Unset: its host
    name and HTTP port; containers have another host name each time."""

    drain_s: Seconds = 10.0
    """How long a node that was told to stop lets calls and writes finish."""

    drain_url: HttpUrl | None = None
    """Where clients of a node that was told to stop should go."""

    dev: bool = False
    """A trial on this machine: known key, guests, loopback only."""

    insecure_dev: bool = False
    """`dev` beyond loopback: anybody who reaches the node can make themselves a token."""
