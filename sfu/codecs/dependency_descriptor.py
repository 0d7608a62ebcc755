"""The AV1 dependency descriptor, a header extension that tells layers and references of any video codec.

RTP Payload Format For AV1 v1.0.0, appendix A. A key frame brings a structure of templates; later packets name
a template and change it where they differ, in three bytes at best.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from sfu.codecs.bits import BitReader
from sfu.codecs.payload_facts import PayloadFacts, malformed

URI: Final = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"

_MAX_TEMPLATES: Final = 64  # as many as the 6-bit id can name
_MAX_LAYER: Final = 7
_MAX_FRAME_DIFFERENCES: Final = 64

# The second of the five flags that begin the extended fields (§A.8.2).
_FLAG_BITS: Final = 5
_TELLS_ACTIVE: Final = 0x08


class Indication(IntEnum):
    """What a frame is to a decode target (§A.4)."""

    NOT_PRESENT = 0
    DISCARDABLE = 1
    SWITCH = 2
    REQUIRED = 3


@dataclass(frozen=True, slots=True)
class FrameDependency:
    """A frame's layer, its `Indication` for each decode target, and how many frames back its references and
    the last frame of each chain are (0 in a chain: none before)."""

    spatial: int
    temporal: int
    indications: tuple[int, ...]
    frame_differences: tuple[int, ...] = ()
    chain_differences: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TemplateStructure:
    """What holds from one key frame to the next.

    `protected_by` names the chain of each decode target (empty without chains), `target_layers` the highest
    (spatial, temporal) of each; `resolutions` (width, height) a spatial layer, or empty.
    """

    id_offset: int
    decode_targets: int
    chains: int
    templates: tuple[FrameDependency, ...]
    protected_by: tuple[int, ...]
    target_layers: tuple[tuple[int, int], ...]
    resolutions: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class DependencyDescriptor:
    """One packet's descriptor.

    `structure` only where this packet brings one; keep it for those that follow. `active_targets` is a bit
    mask, None if not told. `frame` is None if the structure it belongs to is not known; `target_layers` are
    those of that structure. `mask_at` is the bit, after three bytes, where the mask is or would be.
    """

    starts_frame: bool
    ends_frame: bool
    template_id: int
    frame_number: int
    structure: TemplateStructure | None
    active_targets: int | None
    frame: FrameDependency | None
    target_layers: tuple[tuple[int, int], ...] = ()
    mask_at: int = _FLAG_BITS


def parse(data: bytes, known: TemplateStructure | None = None) -> DependencyDescriptor:
    """Read the extension's bytes, given the stream's last structure; RemoteError if cut short or wrong."""
    if len(data) < 3:
        raise malformed("dependency descriptor cut short")
    flags, number = data[0], data[1] << 8 | data[2]
    template_id = flags & 0x3F
    structure, frame, active, mask_at = None, None, None, _FLAG_BITS
    if len(data) == 3:
        frame = _template(known, template_id)
    else:
        structure, active, frame, mask_at = _parse_extended(BitReader(data[3:]), template_id, known)
    in_force = structure or known
    return DependencyDescriptor(
        flags & 0x80 != 0,
        flags & 0x40 != 0,
        template_id,
        number,
        structure,
        active,
        frame,
        in_force.target_layers if in_force is not None and frame is not None else (),
        mask_at,
    )


def describe(facts: PayloadFacts, descriptor: DependencyDescriptor) -> None:
    """Let the facts of a payload say what its descriptor knows better: all but where a key frame is."""
    facts.starts_frame, facts.ends_frame = descriptor.starts_frame, descriptor.ends_frame
    frame = descriptor.frame
    if frame is None:
        return
    facts.spatial, facts.temporal = frame.spatial, frame.temporal
    facts.opens_up = _opens_up(frame, descriptor.target_layers)
    structure = descriptor.structure
    if structure is not None and structure.resolutions:
        facts.sizes = structure.resolutions
        facts.width, facts.height = max(facts.sizes)


def _opens_up(frame: FrameDependency, target_layers: tuple[tuple[int, int], ...]) -> bool:
    """Whether the frame is a switch to every target of its spatial layer, from its temporal one on."""
    for indication, (spatial, temporal) in zip(frame.indications, target_layers, strict=True):
        if spatial == frame.spatial and temporal >= frame.temporal and indication != Indication.SWITCH:
            return False
    return True


def renumber(data: bytes, frame_number: int) -> bytes:
    """The same descriptor of another frame number."""
    return data[:1] + (frame_number & 0xFFFF).to_bytes(2, "big") + data[3:]


def limit(data: bytes, descriptor: DependencyDescriptor, spatial: int, temporal: int) -> bytes:
    """The same descriptor with only those decode targets active that these layers suffice for (§A.4).

    `descriptor` is what `parse` made of `data`; without known decode targets nothing changes.
    """
    targets = descriptor.target_layers
    if not targets:
        return data
    mask = 0
    for place, layers in enumerate(targets):
        if layers[0] <= spatial and layers[1] <= temporal:
            mask |= 1 << place
    if descriptor.active_targets is not None:
        mask &= descriptor.active_targets
    size = 8 * (len(data) - 3)
    before = descriptor.mask_at  # flags and structure
    body = int.from_bytes(data[3:], "big")
    left, head = 0, _TELLS_ACTIVE
    if size:
        left, head = size - before, body >> size - before
        if head >> before - _FLAG_BITS & _TELLS_ACTIVE:
            left -= len(targets)
        head |= _TELLS_ACTIVE << before - _FLAG_BITS
    length = before + len(targets) + left
    value = (head << len(targets) | mask) << left | body & (1 << left) - 1
    octets = (length + 7) // 8
    return data[:3] + (value << 8 * octets - length).to_bytes(octets, "big")


def _template(structure: TemplateStructure | None, template_id: int) -> FrameDependency | None:
    if structure is None:
        return None
    index = (template_id - structure.id_offset) % _MAX_TEMPLATES
    return structure.templates[index] if index < len(structure.templates) else None


def _parse_extended(
    bits: BitReader, template_id: int, known: TemplateStructure | None
) -> tuple[TemplateStructure | None, int | None, FrameDependency | None, int]:
    """extended_descriptor_fields() and frame_dependency_definition() of §A.8.2, and how many bits come before
    the mask of active targets."""
    size = bits.left
    brings_structure, tells_active, own_indications, own_differences, own_chains = (
        bits.flag() for _ in range(5)
    )
    structure = _parse_structure(bits) if brings_structure else None
    before = size - bits.left
    known = structure or known
    if known is None:
        return None, None, None, before
    active = (1 << known.decode_targets) - 1 if structure else None
    if tells_active:
        active = bits.read(known.decode_targets)
    template = _template(known, template_id)
    if template is None:
        if structure:
            raise malformed("dependency descriptor names no template of its structure")
        return None, None, None, before  # of a newer structure that was missed
    if not (own_indications or own_differences or own_chains):
        return structure, active, template, before
    frame = FrameDependency(
        template.spatial,
        template.temporal,
        _read_each(bits, known.decode_targets, 2) if own_indications else template.indications,
        _own_differences(bits) if own_differences else template.frame_differences,
        _read_each(bits, known.chains, 8) if own_chains else template.chain_differences,
    )
    return structure, active, frame, before


def _parse_structure(bits: BitReader) -> TemplateStructure:
    """template_dependency_structure() of §A.8.2."""
    id_offset = bits.read(6)
    targets = bits.read(5) + 1
    layers = _template_layers(bits)
    indications = [_read_each(bits, targets, 2) for _ in layers]
    differences = [_template_differences(bits) for _ in layers]
    chains = bits.non_symmetric(targets + 1)
    protected_by: tuple[int, ...] = ()
    chain_differences: list[tuple[int, ...]] = [()] * len(layers)
    if chains:
        protected_by = tuple(bits.non_symmetric(chains) for _ in range(targets))
        chain_differences = [_read_each(bits, chains, 4) for _ in layers]
    templates = tuple(
        FrameDependency(spatial, temporal, *rest)
        for (spatial, temporal), *rest in zip(
            layers, indications, differences, chain_differences, strict=True
        )
    )
    resolutions: tuple[tuple[int, int], ...] = ()
    if bits.flag():
        resolutions = tuple((bits.read(16) + 1, bits.read(16) + 1) for _ in range(layers[-1][0] + 1))
    target_layers = tuple(_target_layer(templates, target) for target in range(targets))
    return TemplateStructure(id_offset, targets, chains, templates, protected_by, target_layers, resolutions)


def _template_layers(bits: BitReader) -> list[tuple[int, int]]:
    """(spatial, temporal) of each template: each but the first says how it follows the one before."""
    spatial = temporal = 0
    layers = [(0, 0)]
    while (step := bits.read(2)) != 3:
        if step == 1:
            temporal += 1
        elif step == 2:
            spatial, temporal = spatial + 1, 0
        layers.append((spatial, temporal))
        if len(layers) > _MAX_TEMPLATES or spatial > _MAX_LAYER or temporal > _MAX_LAYER:
            raise malformed("dependency descriptor of too many templates")
    return layers


def _template_differences(bits: BitReader) -> tuple[int, ...]:
    differences = []
    while bits.flag():
        differences.append(bits.read(4) + 1)
    return tuple(differences)


def _own_differences(bits: BitReader) -> tuple[int, ...]:
    differences: list[int] = []
    while size := bits.read(2):
        if len(differences) == _MAX_FRAME_DIFFERENCES:
            raise malformed("dependency descriptor of too many references")
        differences.append(bits.read(4 * size) + 1)
    return tuple(differences)


def _read_each(bits: BitReader, count: int, width: int) -> tuple[int, ...]:
    return tuple(bits.read(width) for _ in range(count))


def _target_layer(templates: tuple[FrameDependency, ...], target: int) -> tuple[int, int]:
    """§A.8.3: the highest layers among the frames that are present in the target."""
    present = [each for each in templates if each.indications[target] != Indication.NOT_PRESENT]
    return (
        max((each.spatial for each in present), default=0),
        max((each.temporal for each in present), default=0),
    )
