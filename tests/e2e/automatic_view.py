"""What the automatic view has to show: computed from who spoke when, by the protocol's words alone."""


class ExpectedView:
    """One viewer's seats: `seats` maps a slot to the person in it, `history` to everybody who was.

    The speakers fill the slots, the latest first, then others as they came; a seat is kept until its person
    is no longer among the first of these.
    """

    def __init__(self, viewer: int, joined: list[int], seats: dict[str, int]) -> None:
        self.seats = dict(seats)
        self.history: dict[str, list[int]] = {slot: [person] for slot, person in seats.items()}
        self._others = [person for person in joined if person != viewer]
        self._viewer = viewer

    def first(self) -> set[int]:
        """Those who have to be shown now."""
        return set(self._others[: len(self.seats)])

    def speaks(self, person: int) -> None:
        """`person` begins to speak, and is the only one who does."""
        if person == self._viewer:
            return
        self._others.remove(person)
        self._others.insert(0, person)
        shown, wanted = set(self.seats.values()), self.first()
        for slot, seated in self.seats.items():
            if seated not in wanted:
                (newcomer,) = wanted - shown  # one begins to speak: one seat at most has to change
                self.seats[slot] = newcomer
                self.history[slot].append(newcomer)
