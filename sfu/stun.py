"""STUN messages, read and written: the wire of ICE's connectivity checks (RFC 8489, RFC 8445 §16.1).

A message is a 20-byte header and a list of type-length-value attributes::

     0                   1                   2                   3
    |0 0|  class+method (14) |        length of attributes         |
    |                 magic cookie 0x2112A442                      |
    |                 transaction id (96 bits)                     |

ICE authenticates with the short-term mechanism: HMAC-SHA1 over the message, keyed by the password of whoever
is asked (RFC 8489 §9.1, RFC 8445 §7.1). Everything here is a function of bytes; `sfu.ice` decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from hmac import compare_digest
from hmac import digest as hmac_digest

# inet_pton and inet_ntop only translate text: an `ipaddress` object costs ten times as much a check.
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from struct import Struct, error
from typing import Final
from zlib import crc32

from sfu.drops import DropReason
from sfu.errors import LocalError, RemoteError

MAGIC_COOKIE: Final = 0x2112A442
HEADER_SIZE: Final = 20
TRANSACTION_ID_SIZE: Final = 12
BINDING: Final = 0x001

MAX_ATTRIBUTES: Final = 64  # a check of Chromium has 8; the bound is ours
MAX_USERNAME_BYTES: Final = 513  # RFC 8489 §14.3: less than 509 bytes; ICE: two ufrags of 256 and a colon

_HEADER: Final = Struct("!HHI12s")
_ATTRIBUTE: Final = Struct("!HH")
_UINT16: Final = Struct("!H")
_UINT32: Final = Struct("!I")
_UINT64: Final = Struct("!Q")
_COOKIE_BYTES: Final = _UINT32.pack(MAGIC_COOKIE)
_FINGERPRINT_XOR: Final = 0x5354554E  # RFC 8489 §14.7
_INTEGRITY_SIZE: Final = 20
_FAMILY_IPV4: Final = 1
_FAMILY_IPV6: Final = 2
_MAPPED_IPV4_PREFIX: Final = bytes(10) + b"\xff\xff"  # RFC 4291 §2.5.5.2


class StunClass(IntEnum):
    """The two class bits of a message type, in place (RFC 8489 §5)."""

    REQUEST = 0x000
    INDICATION = 0x010
    SUCCESS = 0x100
    ERROR = 0x110


class Attribute(IntEnum):
    """Attribute types in use (RFC 8489 §18.3, RFC 8445 §16.1); below 0x8000 they must be understood."""

    MAPPED_ADDRESS = 0x0001
    USERNAME = 0x0006
    MESSAGE_INTEGRITY = 0x0008
    ERROR_CODE = 0x0009
    UNKNOWN_ATTRIBUTES = 0x000A
    REALM = 0x0014
    NONCE = 0x0015
    MESSAGE_INTEGRITY_SHA256 = 0x001C
    PASSWORD_ALGORITHM = 0x001D
    USERHASH = 0x001E
    XOR_MAPPED_ADDRESS = 0x0020
    PRIORITY = 0x0024
    USE_CANDIDATE = 0x0025
    SOFTWARE = 0x8022
    FINGERPRINT = 0x8028
    ICE_CONTROLLED = 0x8029
    ICE_CONTROLLING = 0x802A


class ErrorCode(IntEnum):
    """Codes of an error response (RFC 8489 §14.8, RFC 8445 §16.2)."""

    BAD_REQUEST = 400
    UNAUTHENTICATED = 401
    UNKNOWN_ATTRIBUTE = 420
    ROLE_CONFLICT = 487


_REASONS: Final = {
    ErrorCode.BAD_REQUEST: b"Bad Request",
    ErrorCode.UNAUTHENTICATED: b"Unauthenticated",
    ErrorCode.UNKNOWN_ATTRIBUTE: b"Unknown Attribute",
    ErrorCode.ROLE_CONFLICT: b"Role Conflict",
}

_KNOWN: Final = frozenset(Attribute)
_CLASSES: Final = {member.value: member for member in StunClass}


@dataclass(slots=True)
class StunMessage:
    """A parsed message. Of a repeated attribute the first counts (RFC 8489 §14).

    Attributes behind MESSAGE-INTEGRITY, FINGERPRINT excepted, are left out: nothing vouches for them (§14.5).
    """

    raw: bytes
    message_class: StunClass
    method: int
    transaction_id: bytes
    attributes: dict[int, bytes]
    integrity_offset: int | None

    def integrity_holds(self, key: bytes) -> bool:
        """Whether MESSAGE-INTEGRITY is there and made with `key`, the password as UTF-8 (RFC 8489 §14.5)."""
        offset = self.integrity_offset
        if offset is None:
            return False
        # The sender computed it with a length that ended at this attribute.
        covered = self.raw[:2] + _UINT16.pack(offset + 4) + self.raw[4:offset]
        return compare_digest(hmac_digest(key, covered, "sha1"), self.attributes[Attribute.MESSAGE_INTEGRITY])

    def fingerprint_holds(self) -> bool:
        """Whether FINGERPRINT is there and right (RFC 8489 §14.7)."""
        value = self.attributes.get(Attribute.FINGERPRINT)
        return value is not None and _UINT32.pack(crc32(self.raw[:-8]) ^ _FINGERPRINT_XOR) == value

    def username(self) -> str | None:
        """USERNAME as text.

        Raises:
            RemoteError: STUN_MALFORMED, it is not UTF-8.
        """
        value = self.attributes.get(Attribute.USERNAME)
        if value is None:
            return None
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise RemoteError(DropReason.STUN_MALFORMED, "username") from None

    def uint32(self, attribute: Attribute) -> int | None:
        """A 32-bit number, as PRIORITY is. Raises RemoteError STUN_MALFORMED for another length."""
        return self._number(attribute, _UINT32)

    def uint64(self, attribute: Attribute) -> int | None:
        """A 64-bit number, as the tie-breakers are. Raises RemoteError STUN_MALFORMED for another length."""
        return self._number(attribute, _UINT64)

    def unknown_attributes(self) -> tuple[int, ...]:
        """Types that must be understood and are not: such a request is refused with 420 (RFC 8489 §6.3.1)."""
        return tuple(kind for kind in self.attributes if kind < 0x8000 and kind not in _KNOWN)

    def error_code(self) -> int | None:
        """The code of an error response; RemoteError STUN_MALFORMED if not 300–699 (RFC 8489 §14.8)."""
        value = self.attributes.get(Attribute.ERROR_CODE)
        if value is None:
            return None
        if len(value) < 4 or not 3 <= (value[2] & 7) <= 6 or value[3] > 99:
            raise RemoteError(DropReason.STUN_MALFORMED, "error code")
        return (value[2] & 7) * 100 + value[3]

    def mapped_address(self) -> tuple[str, int] | None:
        """Address and port the answering side saw: XOR-MAPPED-ADDRESS, else the older MAPPED-ADDRESS.

        Raises:
            RemoteError: STUN_MALFORMED, unknown family or wrong length.
        """
        value = self.attributes.get(Attribute.XOR_MAPPED_ADDRESS)
        if value is not None:
            return _read_address(value, _COOKIE_BYTES + self.transaction_id)
        value = self.attributes.get(Attribute.MAPPED_ADDRESS)
        return None if value is None else _read_address(value, bytes(16))

    def _number(self, attribute: Attribute, layout: Struct) -> int | None:
        value = self.attributes.get(attribute)
        if value is None:
            return None
        try:
            number: int = layout.unpack(value)[0]
        except error:
            raise RemoteError(DropReason.STUN_MALFORMED, attribute.name) from None
        return number


def parse_message(data: bytes) -> StunMessage:
    """Read one STUN message.

    Raises:
        RemoteError: STUN_MALFORMED, the header or an attribute's length lies, or there are too many.
    """
    size = len(data)
    if size < HEADER_SIZE:
        raise RemoteError(DropReason.STUN_MALFORMED, "short header")
    message_type, length, cookie, transaction_id = _HEADER.unpack_from(data)
    if message_type & 0xC000 or cookie != MAGIC_COOKIE:
        raise RemoteError(DropReason.STUN_MALFORMED, "not STUN")
    if length != size - HEADER_SIZE or length & 3:
        raise RemoteError(DropReason.STUN_MALFORMED, "length")

    attributes: dict[int, bytes] = {}
    integrity_offset = None
    offset = HEADER_SIZE
    count = 0
    while offset < size:
        kind, value_size = _ATTRIBUTE.unpack_from(data, offset)
        end = offset + 4 + value_size
        count += 1
        if end > size or count > MAX_ATTRIBUTES:
            raise RemoteError(DropReason.STUN_MALFORMED, "attributes")
        if kind == Attribute.FINGERPRINT:
            if value_size != 4 or end != size:  # RFC 8489 §14.7: it is the last
                raise RemoteError(DropReason.STUN_MALFORMED, "fingerprint")
            attributes[kind] = data[offset + 4 : end]
        elif integrity_offset is None:
            if kind == Attribute.MESSAGE_INTEGRITY:
                if value_size != _INTEGRITY_SIZE:
                    raise RemoteError(DropReason.STUN_MALFORMED, "integrity")
                integrity_offset = offset
            if kind not in attributes:
                attributes[kind] = data[offset + 4 : end]
        offset = end + (-value_size & 3)
    return StunMessage(
        data,
        _CLASSES[message_type & 0x110],
        (message_type & 0x000F) | (message_type & 0x00E0) >> 1 | (message_type & 0x3E00) >> 2,
        transaction_id,
        attributes,
        integrity_offset,
    )


def username_of(data: bytes) -> str | None:
    """USERNAME of a request, looked up without judging the rest: it routes the first packet of an address.

    The part before the colon is the ufrag of whoever is asked. None if there is none that can be read.
    """
    size = len(data)
    if size < HEADER_SIZE or data[4:8] != _COOKIE_BYTES:
        return None
    offset = HEADER_SIZE
    for _ in range(MAX_ATTRIBUTES):
        if offset + 4 > size:
            return None
        kind, value_size = _ATTRIBUTE.unpack_from(data, offset)
        if kind == Attribute.USERNAME:
            value = data[offset + 4 : offset + 4 + value_size]
            if value_size > MAX_USERNAME_BYTES or len(value) != value_size:
                return None
            try:
                return value.decode()
            except UnicodeDecodeError:
                return None
        offset += 4 + value_size + (-value_size & 3)
    return None


# --- writing ---------------------------------------------------------------------------------------------


def write_message(
    message_class: StunClass,
    transaction_id: bytes,
    attributes: Sequence[tuple[int, bytes]],
    key: bytes | None = None,
    *,
    method: int = BINDING,
    fingerprint: bool = True,
) -> bytes:
    """A message with `attributes` in order, then MESSAGE-INTEGRITY if there is a `key`, then FINGERPRINT.

    Raises:
        LocalError: the transaction id is not 12 bytes.
    """
    if len(transaction_id) != TRANSACTION_ID_SIZE:
        raise LocalError("a STUN transaction id has 12 bytes")
    body = b"".join(
        _ATTRIBUTE.pack(kind, len(value)) + value + bytes(-len(value) & 3) for kind, value in attributes
    )
    # RFC 8489 §5: the method's bits lie around the two class bits.
    message_type = message_class | method & 0x000F | (method & 0x0070) << 1 | (method & 0x0F80) << 2
    length = len(body)
    if key is not None:
        # Each of the two trailers counts itself in the length it covers, and nothing behind it.
        length += 4 + _INTEGRITY_SIZE
        covered = _HEADER.pack(message_type, length, MAGIC_COOKIE, transaction_id) + body
        body += _ATTRIBUTE.pack(Attribute.MESSAGE_INTEGRITY, _INTEGRITY_SIZE)
        body += hmac_digest(key, covered, "sha1")
    if not fingerprint:
        return _HEADER.pack(message_type, length, MAGIC_COOKIE, transaction_id) + body
    message = _HEADER.pack(message_type, length + 8, MAGIC_COOKIE, transaction_id) + body
    return (
        message + _ATTRIBUTE.pack(Attribute.FINGERPRINT, 4) + _UINT32.pack(crc32(message) ^ _FINGERPRINT_XOR)
    )


def write_binding_request(transaction_id: bytes) -> bytes:
    """A request without credentials, as a public STUN server answers it (RFC 8489 §6.1)."""
    return write_message(StunClass.REQUEST, transaction_id, ())


def write_check(
    transaction_id: bytes,
    username: str,
    key: bytes,
    priority: int,
    tie_breaker: int,
    *,
    controlling: bool,
    use_candidate: bool = False,
) -> bytes:
    """A connectivity check (RFC 8445 §7.2.2).

    `username` is ``remote ufrag:local ufrag``, `key` the remote password, `priority` that of the
    peer-reflexive candidate the other side may learn, `tie_breaker` a 64-bit number.
    """
    role = Attribute.ICE_CONTROLLING if controlling else Attribute.ICE_CONTROLLED
    attributes: list[tuple[int, bytes]] = [
        (Attribute.USERNAME, username.encode()),
        (Attribute.PRIORITY, _UINT32.pack(priority)),
        (role, _UINT64.pack(tie_breaker)),
    ]
    if use_candidate:
        attributes.append((Attribute.USE_CANDIDATE, b""))
    return write_message(StunClass.REQUEST, transaction_id, attributes, key)


def write_success(transaction_id: bytes, mapped: tuple[str, int], key: bytes | None) -> bytes:
    """A success response telling the asker the address `mapped` it was seen at (RFC 8489 §6.3.1)."""
    value = _write_address(mapped, transaction_id)
    return write_message(StunClass.SUCCESS, transaction_id, ((Attribute.XOR_MAPPED_ADDRESS, value),), key)


def write_error(
    transaction_id: bytes, code: ErrorCode, key: bytes | None, unknown: Sequence[int] = ()
) -> bytes:
    """An error response; `unknown` lists the types that a 420 did not understand (RFC 8489 §14.8, §14.9)."""
    attributes: list[tuple[int, bytes]] = [
        (Attribute.ERROR_CODE, bytes((0, 0, code // 100, code % 100)) + _REASONS[code])
    ]
    if unknown:
        attributes.append((Attribute.UNKNOWN_ATTRIBUTES, b"".join(map(_UINT16.pack, unknown))))
    return write_message(StunClass.ERROR, transaction_id, attributes, key)


def _write_address(address: tuple[str, int], transaction_id: bytes) -> bytes:
    """The value of XOR-MAPPED-ADDRESS (RFC 8489 §14.2)."""
    host, port = address
    try:
        if ":" not in host:
            family, packed = _FAMILY_IPV4, inet_pton(AF_INET, host)
        else:
            family, packed = _FAMILY_IPV6, inet_pton(AF_INET6, host.partition("%")[0])
            if packed.startswith(_MAPPED_IPV4_PREFIX):  # seen through a dual-stack socket
                family, packed = _FAMILY_IPV4, packed[12:]
    except OSError:
        raise LocalError(f"not an IP address: {host}") from None
    return bytes((0, family)) + _xor(_UINT16.pack(port) + packed, transaction_id)


def _xor(port_and_address: bytes, transaction_id: bytes) -> bytes:
    mask = _COOKIE_BYTES[:2] + (_COOKIE_BYTES + transaction_id)[: len(port_and_address) - 2]
    value = int.from_bytes(port_and_address, "big") ^ int.from_bytes(mask, "big")
    return value.to_bytes(len(port_and_address), "big")


def _read_address(value: bytes, mask: bytes) -> tuple[str, int]:
    """Address and port of a (XOR-)MAPPED-ADDRESS; `mask` is cookie and transaction id, or zeros."""
    family = value[1] if len(value) >= 4 else 0
    if (family, len(value)) not in ((_FAMILY_IPV4, 8), (_FAMILY_IPV6, 20)):
        raise RemoteError(DropReason.STUN_MALFORMED, "address")
    port = int.from_bytes(value[2:4], "big") ^ int.from_bytes(mask[:2], "big")
    packed = bytes(a ^ b for a, b in zip(value[4:], mask, strict=False))
    return inet_ntop(AF_INET if family == _FAMILY_IPV4 else AF_INET6, packed), port
