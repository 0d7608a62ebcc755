"""VP8 payloads: the descriptor's facts and its rewriting (RFC 7741 §4.2, §4.3)."""

from typing import Final

from sfu.codecs.payload_facts import PayloadFacts, malformed

_X: Final = 0x80
_START: Final = 0x17  # S and the partition index
_FIRST_PARTITION: Final = 0x10

_I: Final = 0x80
_L: Final = 0x40
_T: Final = 0x20
_K: Final = 0x10

_INTER_FRAME: Final = 0x01
_START_CODE: Final = b"\x9d\x01\x2a"  # RFC 6386 §9.1


def read(payload: bytes) -> PayloadFacts:
    """Facts of one packet; RemoteError if the descriptor or a key frame's header is cut short or wrong."""
    picture_id = tl0 = -1
    temporal = 0
    layer_sync = False
    try:
        first = payload[0]
        at = 1
        if first & _X:
            extension = payload[1]
            at = 2
            if extension & _I:
                picture_id = payload[2]
                at = 3
                if picture_id & 0x80:
                    picture_id = (picture_id & 0x7F) << 8 | payload[3]
                    at = 4
            if extension & _L:
                tl0 = payload[at]
                at += 1
            if extension & (_T | _K):
                if extension & _T:
                    temporal = payload[at] >> 6
                    layer_sync = payload[at] & 0x20 != 0
                at += 1
        starts = first & _START == _FIRST_PARTITION
        keyframe = not payload[at] & _INTER_FRAME and starts
    except IndexError:
        raise malformed("VP8 descriptor cut short") from None
    width = height = 0
    if keyframe:
        width, height = _frame_size(payload, at)
    return PayloadFacts(keyframe, starts, False, width, height, temporal, 0, picture_id, tl0, layer_sync)


def _frame_size(payload: bytes, at: int) -> tuple[int, int]:
    """Width and height of the key frame whose header is at `at`; the scaling bits are left out."""
    header = payload[at : at + 10]
    if len(header) < 10 or header[3:6] != _START_CODE:
        raise malformed("VP8 key frame header wrong")
    return int.from_bytes(header[6:8], "little") & 0x3FFF, int.from_bytes(header[8:10], "little") & 0x3FFF


def rewrite(payload: bytes, picture_id_delta: int, tl0_delta: int) -> bytes:
    """The same payload with picture id and TL0PICIDX, where it has them, moved by the deltas; same length.

    The picture id wraps at the width the packet gives it, 7 or 15 bit. KEYIDX and all else stay. RemoteError
    if the descriptor is cut short.
    """
    descriptor = rewrite_descriptor(payload, picture_id_delta, tl0_delta)
    return descriptor + payload[len(descriptor) :] if descriptor else payload


def rewrite_descriptor(payload: bytes, picture_id_delta: int, tl0_delta: int) -> bytes:
    """Only the first bytes of the payload, those that `rewrite` may change, to be joined with the rest.

    Empty if there is nothing to change.
    """
    try:
        if not payload[0] & _X or not payload[1] & (_I | _L):
            return b""
        extension = payload[1]
        at = 2
        if extension & _I:
            at = 4 if payload[2] & 0x80 else 3
        end = at + 1 if extension & _L else at
        descriptor = bytearray(payload[:end])
        if extension & _I:
            if at == 4:
                picture_id = (descriptor[2] << 8 | descriptor[3]) + picture_id_delta
                descriptor[2] = 0x80 | picture_id >> 8 & 0x7F
                descriptor[3] = picture_id & 0xFF
            else:
                descriptor[2] = descriptor[2] + picture_id_delta & 0x7F
        if extension & _L:
            descriptor[at] = descriptor[at] + tl0_delta & 0xFF
    except IndexError:
        raise malformed("VP8 descriptor cut short") from None
    return bytes(descriptor)
