"""Undoing one's own changes, and nobody else's."""

from datachannels.documents.algebra import invert, transform
from datachannels.documents.document import Document
from datachannels.documents.ops import Delta

MAX_STEPS = 100


class Undo:
    """Two stacks of changes. The newest fits the document as it is, each below it what the one above leaves.

    A step takes back what its author did; what others put in between is not in it, so it stays.
    """

    def __init__(self) -> None:
        self._undo: list[Delta] = []
        self._redo: list[Delta] = []

    def record(self, change: Delta, before: Document) -> None:
        """A change made here to `before`; what was undone can no longer be done again."""
        self._redo.clear()
        self._undo.append(invert(change, before.ops))
        del self._undo[:-MAX_STEPS]

    def follow(self, change: Delta) -> None:
        """A change from elsewhere."""
        self._undo = _followed(self._undo, change)
        self._redo = _followed(self._redo, change)

    def undo(self, content: Document) -> Delta | None:
        """The change that takes the last step back, None if there is none."""
        return _turn(self._undo, self._redo, content)

    def redo(self, content: Document) -> Delta | None:
        """The change that does it again."""
        return _turn(self._redo, self._undo, content)


def _followed(stack: list[Delta], change: Delta) -> list[Delta]:
    followed: list[Delta] = []
    for step in reversed(stack):
        moved = transform(step, change, over_first=True)
        change = transform(change, step, over_first=False)
        if moved:
            followed.append(moved)
    return followed[::-1]


def _turn(source: list[Delta], target: list[Delta], content: Document) -> Delta | None:
    if not source:
        return None
    change = source.pop()
    target.append(invert(change, content.ops))
    return change
