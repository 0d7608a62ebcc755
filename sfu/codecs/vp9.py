"""VP9 payloads: the descriptor with its layers and references (RFC 9628 §4.2)."""

from dataclasses import dataclass
from typing import Final

from sfu.codecs.payload_facts import PayloadFacts, malformed

_I: Final = 0x80
_P: Final = 0x40
_L: Final = 0x20
_F: Final = 0x10
_B: Final = 0x08
_E: Final = 0x04
_V: Final = 0x02
_Z: Final = 0x01

_MAX_REFERENCES: Final = 3


@dataclass(frozen=True, slots=True)
class GroupPicture:
    """One picture of the repeating pattern: its layer, whether one may switch up at it, what it refers to."""

    temporal: int
    switching_up: bool
    references: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ScalabilityStructure:
    """Layers of the stream (§4.2.1): size (width, height) of each, or empty, and the picture group."""

    spatial_layers: int
    sizes: tuple[tuple[int, int], ...]
    group: tuple[GroupPicture, ...]


@dataclass(slots=True)
class Vp9Descriptor:
    """Fields of the payload descriptor, in RFC 9628's words.

    `inter_picture` P, `inter_layer` D, `starts_frame` B, `ends_frame` E, `not_for_upper` Z, `switching_up` U.
    `references` are picture id differences (flexible mode). `length` is where the VP9 data begins.
    """

    picture_id: int = -1
    inter_picture: bool = False
    flexible: bool = False
    starts_frame: bool = False
    ends_frame: bool = False
    not_for_upper: bool = False
    temporal: int = 0
    spatial: int = 0
    switching_up: bool = False
    inter_layer: bool = False
    tl0: int = -1
    references: tuple[int, ...] = ()
    structure: ScalabilityStructure | None = None
    length: int = 0


def read(payload: bytes) -> PayloadFacts:
    """Facts of one packet; RemoteError if the descriptor is cut short or no data follows.

    Only the descriptor is read: the frame itself may be encrypted end to end.
    """
    descriptor = parse_descriptor(payload)
    width = height = 0
    sizes = descriptor.structure.sizes if descriptor.structure else ()
    if sizes:
        width, height = max(sizes)
    return PayloadFacts(
        descriptor.starts_frame and not descriptor.inter_picture and not descriptor.spatial,
        descriptor.starts_frame,
        descriptor.ends_frame,
        width,
        height,
        descriptor.temporal,
        descriptor.spatial,
        descriptor.picture_id,
        descriptor.tl0,
        False,
        descriptor.switching_up,
        sizes,
    )


def parse_descriptor(payload: bytes) -> Vp9Descriptor:
    """The payload descriptor; RemoteError if it is cut short or nothing follows it."""
    descriptor = Vp9Descriptor()
    try:
        flags = payload[0]
        at = 1
        descriptor.inter_picture = flags & _P != 0
        descriptor.flexible = flags & _F != 0
        descriptor.starts_frame = flags & _B != 0
        descriptor.ends_frame = flags & _E != 0
        descriptor.not_for_upper = flags & _Z != 0
        if flags & _I:
            picture_id = payload[1]
            at = 2
            if picture_id & 0x80:
                picture_id = (picture_id & 0x7F) << 8 | payload[2]
                at = 3
            descriptor.picture_id = picture_id
        if flags & _L:
            layers = payload[at]
            descriptor.temporal = layers >> 5
            descriptor.switching_up = layers & 0x10 != 0
            descriptor.spatial = layers >> 1 & 7
            descriptor.inter_layer = layers & 1 != 0
            at += 1
            if not descriptor.flexible:
                descriptor.tl0 = payload[at]
                at += 1
        if flags & _F and flags & _P:
            descriptor.references, at = _parse_references(payload, at)
        if flags & _V:
            descriptor.structure, at = _parse_structure(payload, at)
    except IndexError:
        raise malformed("VP9 descriptor cut short") from None
    if at >= len(payload):
        raise malformed("VP9 payload without data")
    descriptor.length = at
    return descriptor


def _parse_references(payload: bytes, at: int) -> tuple[tuple[int, ...], int]:
    references: list[int] = []
    more = True
    while more:
        if len(references) == _MAX_REFERENCES:
            raise malformed("VP9 frame of more than three references")
        references.append(payload[at] >> 1)
        more = payload[at] & 1 != 0
        at += 1
    return tuple(references), at


def _parse_structure(payload: bytes, at: int) -> tuple[ScalabilityStructure, int]:
    flags = payload[at]
    at += 1
    layers = (flags >> 5) + 1
    sizes = []
    if flags & 0x10:
        for _ in range(layers):
            sizes.append((payload[at] << 8 | payload[at + 1], payload[at + 2] << 8 | payload[at + 3]))
            at += 4
    group = []
    if flags & 0x08:
        pictures = payload[at]
        at += 1
        for _ in range(pictures):
            coded = payload[at]
            after = at + 1 + (coded >> 2 & 3)
            if after > len(payload):
                raise malformed("VP9 picture group cut short")
            group.append(GroupPicture(coded >> 5, coded & 0x10 != 0, tuple(payload[at + 1 : after])))
            at = after
    return ScalabilityStructure(layers, tuple(sizes), tuple(group)), at
