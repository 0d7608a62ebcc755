"""Cutting a frame as libwebrtc cuts it: parts that differ by one byte at most, the small ones first."""


def cut(data: bytes, largest: int) -> list[bytes]:
    """`data` in as few parts of at most `largest` bytes as possible; at least one part, even if empty."""
    count = max(1, -(-len(data) // largest))
    small, longer = divmod(len(data), count)
    parts = []
    start = 0
    for n in range(count):
        end = start + small + (n >= count - longer)
        parts.append(data[start:end])
        start = end
    return parts
