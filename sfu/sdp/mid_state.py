"""What an m-line keeps for life: payload types, header extension numbers, and a slot's seat and SSRCs."""

from dataclasses import dataclass, field, replace

from sfu.identifiers import Mid, Ssrc
from sfu.sdp.extensions import ExtensionIds
from sfu.sdp.lines import bad
from sfu.sdp.offer import MediaSection


@dataclass(frozen=True, slots=True)
class SlotIdentity:
    """Seat and SSRCs of a slot; `rtx_ssrc` comes with the first offer that has RTX."""

    seat: int
    ssrc: Ssrc
    rtx_ssrc: Ssrc | None = None


@dataclass(frozen=True, slots=True)
class MidState:
    """The fixed facts of one m-line, from its first offer until port 0 deletes it.

    `payload_types` pairs each number with the key of its codec, ``rtx/`` before the key for RTX.
    """

    mid: Mid
    media: str
    payload_types: tuple[tuple[int, str], ...] = ()
    extensions: ExtensionIds = field(default_factory=ExtensionIds)
    slot: SlotIdentity | None = None


def first_state(section: MediaSection) -> MidState:
    """The state of an m-line that is new."""
    return MidState(section.mid, section.media)


def remember(state: MidState, section: MediaSection, enabled: frozenset[str]) -> MidState:
    """`state` with what this offer adds.

    Raises:
        OfferRefused: the offer gives a payload type or extension number another meaning (RFC 3264 §8.3.2).
    """
    keys = {key: number for number, key in state.payload_types}
    meanings = dict(state.payload_types)
    for payload_type, key in _accepted(section, enabled, keys):
        if (
            meanings.setdefault(payload_type, key) != key
            or keys.setdefault(key, payload_type) != payload_type
        ):
            raise bad(f"payload type {payload_type} ({key}) is not what it was on this m-line")
    known = dict(state.extensions.items())
    for extension in section.extensions:
        if known.setdefault(extension.name, extension.id) != extension.id:
            raise bad("a header extension changed its number on an m-line")
    if len(set(known.values())) != len(known):
        raise bad("a header extension number changed its meaning on an m-line")
    return replace(
        state,
        payload_types=tuple((number, key) for key, number in keys.items()),
        extensions=ExtensionIds(**known),
    )


def payload_type_of(state: MidState, key: str) -> int | None:
    """The payload type that `key` has on this m-line."""
    return next((number for number, name in state.payload_types if name == key), None)


def _accepted(section: MediaSection, enabled: frozenset[str], keys: dict[str, int]) -> list[tuple[int, str]]:
    """(payload type, key) of each enabled codec and its RTX; of several the one it had, else the first."""
    candidates: dict[str, list[int]] = {}
    for entry in section.formats:
        if entry.codec is not None and entry.codec.key in enabled:
            candidates.setdefault(entry.codec.key, []).append(entry.payload_type)
    chosen = {key: _choose(found, keys.get(key)) for key, found in candidates.items()}
    repairs: dict[str, list[int]] = {}
    key_of = {payload_type: key for key, payload_type in chosen.items()}
    for entry in section.formats:
        if entry.apt in key_of:
            repairs.setdefault(f"rtx/{key_of[entry.apt]}", []).append(entry.payload_type)
    chosen |= {key: _choose(found, keys.get(key)) for key, found in repairs.items()}
    return [(payload_type, key) for key, payload_type in chosen.items()]


def _choose(found: list[int], kept: int | None) -> int:
    return kept if kept is not None and kept in found else found[0]
