"""The change that makes one document of another: to restore a version, or where only a result is known.

Two steps: the shortest edit script over whole lines (Myers, "An O(ND) difference algorithm and its
variations", Algorithmica 1986), then what differs inside the changed lines, without their common start and
end. The last line break is always kept: see `datachannels.documents.head`.
"""

from collections.abc import Sequence

from datachannels.documents.attributes import difference, same_value
from datachannels.documents.document import Document
from datachannels.documents.ops import Cursor, Delta, DeltaBuilder, Insert
from datachannels.documents.units import inside_pair
from datachannels.turn import Steps, at_once, in_turns

MAX_DIFFERENCES = 200
"""Lines deleted and inserted up to which the script is the shortest; the work grows with its square."""

PIECES = 200
"""Runs compared in one step: half a millisecond."""

BLOCK = 4_096
"""Units compared at once."""

Block = tuple[int, int, int]
"""Start in the old, start in the new, length of what is alike."""


def diff(old: Document, new: Document) -> Delta:
    """The change that applied to `old` gives `new`."""
    return at_once(_diff(old, new))


async def diff_in_turns(old: Document, new: Document) -> Delta:
    """The same, a little at a time: of documents of a megabyte it takes some 20 ms."""
    return await in_turns(_diff(old, new))


def _diff(old: Document, new: Document) -> Steps[Delta]:
    before, after = (yield from _text(old)), (yield from _text(new))
    result = DeltaBuilder()
    from_old, from_new = Cursor(old.ops), Cursor(new.ops)
    done_old = done_new = 0
    last_line_break = (len(before) - 1, len(after) - 1, 1)
    blocks = yield from _alike(before[:-1], after[:-1])
    for at_old, at_new, length in [*blocks, last_line_break]:
        yield from _insert(result, from_new, at_new - done_new)
        yield from _skip(from_old, at_old - done_old)
        result.delete(at_old - done_old)
        done_old, done_new = at_old + length, at_new + length
        yield from _format(result, from_old, from_new, length)
    return result.build()


def _text(document: Document) -> Steps[str]:
    parts: list[str] = []
    for start in range(0, len(document.ops), 5 * PIECES):
        parts.append("".join([op.text for op in document.ops[start : start + 5 * PIECES]]))
        yield
    return "".join(parts)


def _insert(result: DeltaBuilder, new: Cursor, length: int) -> Steps[None]:
    """What is new."""
    for pieces, piece in enumerate(new.pieces(length), 1):
        result.add(piece)
        if not pieces % PIECES:
            yield


def _skip(old: Cursor, length: int) -> Steps[None]:
    """What is gone."""
    for pieces, _ in enumerate(old.pieces(length), 1):
        if not pieces % PIECES:
            yield


def _format(result: DeltaBuilder, old: Cursor, new: Cursor, length: int) -> Steps[None]:
    """Text that is alike, perhaps formatted otherwise; two embeds look alike, perhaps are not."""
    pieces = 0
    while length > 0:
        pieces += 1
        if not pieces % PIECES:
            yield
        step = min(length, old.left, new.left)
        before, after = old.take(step), new.take(step)
        if isinstance(before, Insert) and isinstance(after, Insert):
            if same_value(before.content, after.content):
                result.retain(step, difference(before.attributes, after.attributes))
            else:
                result.add(after)
                result.delete(step)
        length -= step


def _alike(before: str, after: str) -> Steps[list[Block]]:
    """Blocks of text in both, in order."""
    old = before.splitlines(keepends=True)
    yield
    new = after.splitlines(keepends=True)
    yield
    old_starts = _starts(old)
    yield
    new_starts = _starts(new)
    yield
    blocks: list[Block] = []
    done_old = done_new = 0
    common = yield from _common(old, new)
    for at_old, at_new, count in [*common, (len(old), len(new), 0)]:
        yield
        blocks += _inside(before, after, done_old, old_starts[at_old], done_new, new_starts[at_new])
        done_old, done_new = old_starts[at_old + count], new_starts[at_new + count]
        length = done_old - old_starts[at_old]
        if length:
            blocks.append((old_starts[at_old], new_starts[at_new], length))
    return blocks


def _inside(before: str, after: str, start: int, end: int, new_start: int, new_end: int) -> list[Block]:
    """The common start and end of a changed part."""
    old, new = before[start:end], after[new_start:new_end]
    head = _common_start(old, new)
    if inside_pair(old, head) or inside_pair(new, head):
        head -= 1
    tail = _common_end(old[head:], new[head:])
    if inside_pair(old, len(old) - tail) or inside_pair(new, len(new) - tail):
        tail -= 1
    blocks = [(start, new_start, head), (end - tail, new_end - tail, tail)]
    return [block for block in blocks if block[2]]


def _common_start(one: str, other: str) -> int:
    """Length of the common start: a block at once, then halving. Comparing slices is fast, a loop is not."""
    most = min(len(one), len(other))
    low = 0
    while low + BLOCK <= most and one[low : low + BLOCK] == other[low : low + BLOCK]:
        low += BLOCK
    high = min(low + BLOCK, most)
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_end(one: str, other: str) -> int:
    """Length of the common end."""
    end, other_end = len(one), len(other)
    while min(end, other_end) >= BLOCK and one[end - BLOCK : end] == other[other_end - BLOCK : other_end]:
        end, other_end = end - BLOCK, other_end - BLOCK
    few = min(BLOCK, end, other_end)
    tail, other_tail = one[end - few : end], other[other_end - few : other_end]
    return len(one) - end + _common_start(tail[::-1], other_tail[::-1])


def _common(old: Sequence[str], new: Sequence[str]) -> Steps[list[Block]]:
    """Lines in both, in order; only their common start and end if too much differs."""
    most = min(len(old), len(new))
    head = 0
    while head < most and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < most - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    yield
    middle = yield from _shortest(old[head : len(old) - tail], new[head : len(new) - tail])
    blocks = [(0, 0, head), *((a + head, b + head, n) for a, b, n in middle)]
    blocks.append((len(old) - tail, len(new) - tail, tail))
    return [block for block in blocks if block[2]]


def _shortest(old: Sequence[str], new: Sequence[str]) -> Steps[list[Block]]:
    reached = {1: 0}  # diagonal → how far into `old` a path has come
    history: list[dict[int, int]] = []
    for differences in range(min(len(old) + len(new), MAX_DIFFERENCES) + 1):
        history.append(dict(reached))
        yield
        for diagonal in range(-differences, differences + 1, 2):
            x = _step(reached, diagonal, differences)
            while x < len(old) and 0 <= x - diagonal < len(new) and old[x] == new[x - diagonal]:
                x += 1
            reached[diagonal] = x
            if x >= len(old) and x - diagonal >= len(new):
                return _trace(history, len(old), len(new))
    return []


def _comes_down(reached: dict[int, int], diagonal: int, differences: int) -> bool:
    """Whether the furthest path enters this diagonal by an insert, from the one above, not by a delete."""
    if diagonal in (-differences, differences):
        return diagonal == -differences
    return reached[diagonal - 1] < reached[diagonal + 1]


def _step(reached: dict[int, int], diagonal: int, differences: int) -> int:
    """How far into the old lines the path is where it enters a diagonal."""
    if _comes_down(reached, diagonal, differences):
        return reached[diagonal + 1]
    return reached[diagonal - 1] + 1


def _trace(history: list[dict[int, int]], x: int, y: int) -> list[Block]:
    """The way back from the end, through what each number of differences had reached."""
    blocks: list[Block] = []
    for differences in range(len(history) - 1, -1, -1):
        reached = history[differences]
        diagonal = x - y
        start = _step(reached, diagonal, differences)
        if x > start:
            blocks.append((start, start - diagonal, x - start))
        down = _comes_down(reached, diagonal, differences)
        x, y = (start, start - diagonal - 1) if down else (start - 1, start - diagonal)
    return blocks[::-1]


def _starts(lines: Sequence[str]) -> list[int]:
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    return starts
