"""Which of many microphones are heard where there are fewer places: the loudest, without flapping.

Whoever has a place keeps it until somebody else is clearly louder for a while. So two who talk over each
other do not cut each other off, and a cough takes nobody's place.
"""

from collections.abc import Hashable, Mapping
from typing import Final, Generic, TypeVar

MARGIN: Final = 2.0
"""A newcomer must be louder by this factor of amplitude (6 dB) than the quietest who has a place …"""

HOLD_S: Final = 0.2
"""… for so long (Jitsi forgets a speaker after 150 ms) …"""

STAY_S: Final = 0.5
"""… and not before the quietest had the place for so long: a syllable or two."""

Key = TypeVar("Key", bound=Hashable)


class _Place(Generic[Key]):
    __slots__ = ("key", "since")

    def __init__(self, key: Key, since: float) -> None:
        self.key = key
        self.since = since


class Loudest(Generic[Key]):
    """Chooses as many keys as there are places. `places` may change between updates."""

    __slots__ = ("_chosen", "_louder_since", "places")

    def __init__(self, places: int) -> None:
        self.places = places
        self._chosen: list[_Place[Key]] = []
        self._louder_since: dict[Key, float] = {}

    def update(self, levels: Mapping[Key, float], now: float) -> tuple[Key, ...]:
        """The chosen, longest in place first. `levels` has all candidates with amplitudes 0–1.

        Candidates as loud as each other rank in the order of `levels`.
        """
        chosen = [place for place in self._chosen if place.key in levels]
        if len(chosen) > self.places:
            chosen.sort(key=lambda place: -levels[place.key])
            del chosen[self.places :]
        holders = {place.key for place in chosen}
        waiting = sorted((key for key in levels if key not in holders), key=lambda key: -levels[key])
        while len(chosen) < self.places and waiting:
            # Nobody had to go for this one, so it is not protected from the first who is louder.
            chosen.append(_Place(waiting.pop(0), now - STAY_S))
        self._chosen = chosen
        self._challenge(waiting, levels, now)
        self._chosen.sort(key=lambda place: place.since)
        return tuple(place.key for place in self._chosen)

    def _challenge(self, waiting: list[Key], levels: Mapping[Key, float], now: float) -> None:
        louder_since: dict[Key, float] = {}
        for key in waiting:
            quietest = min(self._chosen, key=lambda place: levels[place.key], default=None)
            if quietest is None or levels[key] <= levels[quietest.key] * MARGIN:
                break  # those after it are quieter still
            since = louder_since[key] = self._louder_since.get(key, now)
            if now - since >= HOLD_S and now - quietest.since >= STAY_S:
                self._chosen.remove(quietest)
                self._chosen.append(_Place(key, now))
                del louder_since[key]
        self._louder_since = louder_since
