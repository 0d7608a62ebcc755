"""STUN against the vectors of RFC 5769, against aioice, and against arbitrary bytes."""

from contextlib import suppress

import aioice.stun
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.drops import DropReason
from sfu.errors import LocalError, RemoteError
from sfu.stun import (
    BINDING,
    Attribute,
    ErrorCode,
    StunClass,
    parse_message,
    username_of,
    write_binding_request,
    write_check,
    write_error,
    write_message,
    write_success,
)

PASSWORD = b"VOkJxbRl1RmTxUk/WvJxBt"
TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")

# RFC 5769 §2.1: sample request
REQUEST = bytes.fromhex(
    "000100582112a442b7e7a701bc34d686fa87dfae"
    "802200105354554e207465737420636c69656e74"
    "002400046e0001ff"
    "80290008932ff9b151263b36"
    "000600096576746a3a68367659202020"
    "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
    "80280004e57a3bcf"
)
# RFC 5769 §2.2: sample IPv4 response
RESPONSE_IPV4 = bytes.fromhex(
    "0101003c2112a442b7e7a701bc34d686fa87dfae"
    "8022000b7465737420766563746f7220"
    "002000080001a147e112a643"
    "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
    "80280004c07d4c96"
)
# RFC 5769 §2.3: sample IPv6 response
RESPONSE_IPV6 = bytes.fromhex(
    "010100482112a442b7e7a701bc34d686fa87dfae"
    "8022000b7465737420766563746f7220"
    "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
    "00080014a382954e4be67bf11784c97c8292c275bfe3ed41"
    "80280004c8fb0b4c"
)

usernames = st.from_regex(r"[a-zA-Z0-9+/]{4,30}:[a-zA-Z0-9+/]{4,30}", fullmatch=True)
transactions = st.binary(min_size=12, max_size=12)


@pytest.mark.parametrize(
    ("data", "message_class", "mapped"),
    [
        (REQUEST, StunClass.REQUEST, None),
        (RESPONSE_IPV4, StunClass.SUCCESS, ("192.0.2.1", 32853)),
        (RESPONSE_IPV6, StunClass.SUCCESS, ("2001:db8:1234:5678:11:2233:4455:6677", 32853)),
    ],
    ids=["request", "ipv4", "ipv6"],
)
def test_the_vectors_of_rfc_5769_are_read_and_verified(
    data: bytes, message_class: StunClass, mapped: tuple[str, int] | None
) -> None:
    message = parse_message(data)
    assert (message.message_class, message.method) == (message_class, BINDING)
    assert message.transaction_id == TRANSACTION
    assert message.integrity_holds(PASSWORD)
    assert not message.integrity_holds(PASSWORD + b"x")
    assert message.fingerprint_holds()
    assert message.mapped_address() == mapped


def test_the_fields_of_the_sample_request_are_read() -> None:
    message = parse_message(REQUEST)
    assert message.username() == username_of(REQUEST) == "evtj:h6vY"
    assert message.uint32(Attribute.PRIORITY) == 0x6E0001FF
    assert message.uint64(Attribute.ICE_CONTROLLED) == 0x932FF9B151263B36
    assert message.uint64(Attribute.ICE_CONTROLLING) is None
    assert message.unknown_attributes() == ()


@pytest.mark.parametrize("data", [REQUEST, RESPONSE_IPV4, RESPONSE_IPV6], ids=["request", "ipv4", "ipv6"])
def test_no_bit_can_be_changed_unnoticed(data: bytes) -> None:
    for bit in range(len(data) * 8):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        with suppress(RemoteError):
            message = parse_message(bytes(changed))
            assert not (message.fingerprint_holds() and message.integrity_holds(PASSWORD))


@given(transactions, usernames, st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1), st.booleans())
def test_a_check_is_byte_for_byte_that_of_aioice(
    transaction: bytes, username: str, priority: int, tie_breaker: int, use_candidate: bool
) -> None:
    ours = write_check(
        transaction,
        username,
        PASSWORD,
        priority,
        tie_breaker,
        controlling=True,
        use_candidate=use_candidate,
    )
    theirs = aioice.stun.Message(
        aioice.stun.Method.BINDING, aioice.stun.Class.REQUEST, transaction_id=transaction
    )
    theirs.attributes["USERNAME"] = username
    theirs.attributes["PRIORITY"] = priority
    theirs.attributes["ICE-CONTROLLING"] = tie_breaker
    if use_candidate:
        theirs.attributes["USE-CANDIDATE"] = None
    theirs.add_message_integrity(PASSWORD)
    assert ours == bytes(theirs)

    message = parse_message(ours)
    assert message.username() == username_of(ours) == username
    assert message.uint64(Attribute.ICE_CONTROLLING) == tie_breaker
    assert (Attribute.USE_CANDIDATE in message.attributes) is use_candidate


addresses = st.tuples(st.ip_addresses().map(str), st.integers(0, 0xFFFF)).filter(
    lambda address: not address[0].startswith("::ffff:")
)


@given(transactions, addresses)
def test_a_success_response_is_byte_for_byte_that_of_aioice(
    transaction: bytes, address: tuple[str, int]
) -> None:
    ours = write_success(transaction, address, PASSWORD)
    theirs = aioice.stun.Message(
        aioice.stun.Method.BINDING, aioice.stun.Class.RESPONSE, transaction_id=transaction
    )
    theirs.attributes["XOR-MAPPED-ADDRESS"] = address
    theirs.add_message_integrity(PASSWORD)
    assert ours == bytes(theirs)
    assert parse_message(ours).mapped_address() == address


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_addresses_are_told_as_the_peer_knows_them(host: str, told: str) -> None:
    assert parse_message(write_success(TRANSACTION, (host, 5), None)).mapped_address() == (told, 5)


@pytest.mark.parametrize("code", ErrorCode)
def test_error_responses_are_read_back(code: ErrorCode) -> None:
    message = parse_message(write_error(TRANSACTION, code, PASSWORD, (0x0003, 0x7FFF)))
    assert message.message_class is StunClass.ERROR
    assert message.error_code() == code
    assert message.attributes[Attribute.UNKNOWN_ATTRIBUTES] == bytes.fromhex("00037fff")
    assert message.integrity_holds(PASSWORD)


@given(st.sampled_from(StunClass), st.integers(0, 0xFFF))
def test_class_and_method_survive_their_interleaving(message_class: StunClass, method: int) -> None:
    message = parse_message(write_message(message_class, TRANSACTION, (), method=method))
    assert (message.message_class, message.method) == (message_class, method)


def test_a_question_to_a_public_server_has_no_credentials() -> None:
    message = parse_message(write_binding_request(TRANSACTION))
    assert message.message_class is StunClass.REQUEST
    assert message.username() is None
    assert not message.integrity_holds(PASSWORD)


def test_attributes_behind_the_integrity_are_not_trusted() -> None:
    signed = write_message(StunClass.REQUEST, TRANSACTION, (), PASSWORD, fingerprint=False)
    added = bytes.fromhex("00250000")
    length = len(signed) + len(added) - 20
    message = parse_message(signed[:2] + length.to_bytes(2, "big") + signed[4:] + added)
    assert message.integrity_holds(PASSWORD)
    assert Attribute.USE_CANDIDATE not in message.attributes


def test_of_a_repeated_attribute_the_first_counts() -> None:
    twice = ((Attribute.USERNAME, b"first:a"), (Attribute.USERNAME, b"second:b"))
    data = write_message(StunClass.REQUEST, TRANSACTION, twice)
    assert parse_message(data).username() == username_of(data) == "first:a"


def test_unknown_attributes_that_must_be_understood_are_named() -> None:
    attributes = ((0x0003, b""), (0xC057, b"\0\0\0\1"), (0x7777, b"abc"))
    message = parse_message(write_message(StunClass.REQUEST, TRANSACTION, attributes))
    assert message.unknown_attributes() == (0x0003, 0x7777)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        REQUEST[:19],
        REQUEST[:-1],
        REQUEST[:-4],
        REQUEST + b"\0\0\0\0",
        b"\x80" + REQUEST[1:],
        REQUEST[:4] + b"\0\0\0\0" + REQUEST[8:],
        REQUEST[:2] + b"\xff\xfc" + REQUEST[4:],
        write_message(StunClass.REQUEST, TRANSACTION, [(0x8022, b"")] * 70),
        write_message(StunClass.REQUEST, TRANSACTION, ((Attribute.MESSAGE_INTEGRITY, b"short"),)),
        write_message(StunClass.REQUEST, TRANSACTION, ((Attribute.FINGERPRINT, bytes(4)),)),
    ],
    ids=[
        "empty",
        "short header",
        "cut by one",
        "cut by an attribute",
        "longer than said",
        "first bits set",
        "wrong cookie",
        "length lies",
        "too many attributes",
        "short integrity",
        "fingerprint not last",
    ],
)
def test_malformed_messages_are_refused(data: bytes) -> None:
    with pytest.raises(RemoteError) as refused:
        parse_message(data)
    assert refused.value.reason is DropReason.STUN_MALFORMED


@pytest.mark.parametrize(
    "attribute",
    [
        (Attribute.PRIORITY, b"\0\0\1"),
        (Attribute.ICE_CONTROLLING, b"\0\0\0\1"),
        (Attribute.USERNAME, b"\xff\xfe"),
        (Attribute.XOR_MAPPED_ADDRESS, b"\0\1\0\0"),
        (Attribute.XOR_MAPPED_ADDRESS, b""),
        (Attribute.XOR_MAPPED_ADDRESS, b"\0\3\0\0\0\0\0\0"),
        (Attribute.ERROR_CODE, b"\0\0\7\0"),
        (Attribute.ERROR_CODE, b"\0"),
    ],
)
def test_malformed_values_are_refused(attribute: tuple[int, bytes]) -> None:
    message = parse_message(write_message(StunClass.SUCCESS, TRANSACTION, (attribute,)))
    with pytest.raises(RemoteError) as refused:
        (
            message.uint32(Attribute.PRIORITY),
            message.uint64(Attribute.ICE_CONTROLLING),
            message.username(),
            message.mapped_address(),
            message.error_code(),
        )
    assert refused.value.reason is DropReason.STUN_MALFORMED


def test_our_own_mistakes_are_not_blamed_on_the_peer() -> None:
    with pytest.raises(LocalError):
        write_binding_request(b"short")
    with pytest.raises(LocalError):
        write_success(TRANSACTION, ("host.example", 1), None)


def _with_header(body: bytes) -> bytes:
    body = body[: len(body) & ~3]
    return REQUEST[:2] + len(body).to_bytes(2, "big") + REQUEST[4:20] + body


@given(st.one_of(st.binary(max_size=100), st.binary(max_size=100).map(_with_header)))
def test_arbitrary_bytes_raise_nothing_but_remote_error(data: bytes) -> None:
    username_of(data)
    with suppress(RemoteError):
        message = parse_message(data)
        message.fingerprint_holds()
        message.integrity_holds(PASSWORD)
        message.unknown_attributes()
        message.username()
        message.uint32(Attribute.PRIORITY)
        message.uint64(Attribute.ICE_CONTROLLING)
        message.mapped_address()
        message.error_code()
