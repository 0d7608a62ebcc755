"""What is bound, what is announced, and the candidate lines that come of it."""

from contextlib import suppress

import aioice
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.addresses import (
    MAX_ADDRESSES,
    Announced,
    StunServer,
    host_candidates,
    parse_announce,
    plan_addresses,
    read_mapped_address,
    usable_addresses,
)
from sfu.drops import DropReason
from sfu.errors import LocalError, RemoteError
from sfu.interfaces import machine_addresses
from sfu.stun import ErrorCode, StunClass, write_binding_request, write_error, write_message, write_success

MACHINE = [
    "127.0.0.1",
    "::1",
    "192.0.2.2",
    "169.254.3.4",
    "fe80::1",
    "fe80::2%eth0",
    "2001:db8::2",
    "192.0.2.2",
]
TRANSACTION = b"transaction!"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("203.0.113.5", Announced("203.0.113.5")),
        ("203.0.113.5:7000", Announced("203.0.113.5", 7000)),
        ("2001:db8::5", Announced("2001:db8::5")),
        ("2001:DB8:0::5", Announced("2001:db8::5")),
        ("[2001:db8::5]", Announced("2001:db8::5")),
        ("[2001:db8::5]:7000", Announced("2001:db8::5", 7000)),
        ("stun:stun.example:3478", StunServer("stun.example", 3478)),
        ("stun:[2001:db8::9]:3478", StunServer("2001:db8::9", 3478)),
    ],
)
def test_announcements_are_read(text: str, expected: Announced | StunServer) -> None:
    assert parse_announce(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "meet.example",
        "meet.example:7000",
        "0.0.0.0",
        "::",
        "203.0.113.5:",
        "203.0.113.5:0",
        "203.0.113.5:70000",
        "203.0.113.5:٣",
        "[2001:db8::5]7000",
        "[2001:db8::5]:",
        "[2001:db8::5",
        "stun:stun.example",
        "stun::3478",
        "stun:",
    ],
)
def test_a_wrong_announcement_names_itself(text: str) -> None:
    with pytest.raises(LocalError, match="announce"):
        parse_announce(text)


@given(st.text(max_size=40))
def test_arbitrary_text_raises_nothing_but_local_error(text: str) -> None:
    with suppress(LocalError):
        parse_announce(text)


def test_of_the_machines_addresses_those_that_others_reach_are_used() -> None:
    assert usable_addresses(MACHINE) == ("192.0.2.2", "2001:db8::2")


def test_loopback_is_used_where_there_is_nothing_else() -> None:
    assert usable_addresses(["127.0.0.1", "::1", "fe80::1"]) == ("127.0.0.1", "::1")


def test_the_number_of_addresses_is_bounded() -> None:
    many = [f"10.0.0.{number}" for number in range(1, 100)]
    assert len(usable_addresses(many)) == MAX_ADDRESSES
    assert len(plan_addresses("0.0.0.0", many, many).endpoints(1)) == MAX_ADDRESSES


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_wildcard_binds_and_announces_every_usable_address(host: str) -> None:
    plan = plan_addresses(host, [], MACHINE)
    assert plan.bind == ("192.0.2.2", "2001:db8::2")
    assert plan.endpoints(7881) == (("192.0.2.2", 7881), ("2001:db8::2", 7881))


@pytest.mark.parametrize("host", ["127.0.0.1", "192.0.2.2", "2001:db8::2"])
def test_a_specific_host_is_bound_and_announced_alone(host: str) -> None:
    plan = plan_addresses(host, [], MACHINE)
    assert plan.bind == (host,)
    assert plan.endpoints(7881) == ((host, 7881),)


def test_announcements_replace_what_is_announced_but_not_what_is_bound() -> None:
    plan = plan_addresses("0.0.0.0", ["203.0.113.5", "203.0.113.6:443"], MACHINE)
    assert plan.bind == ("192.0.2.2", "2001:db8::2")
    assert plan.endpoints(7881) == (("203.0.113.5", 7881), ("203.0.113.6", 443))


def test_an_announced_address_of_this_machine_is_bound_even_if_it_is_loopback() -> None:
    plan = plan_addresses("0.0.0.0", ["127.0.0.1:9000"], MACHINE)
    assert plan.bind == ("127.0.0.1", "192.0.2.2", "2001:db8::2")
    assert plan.endpoints(7881) == (("127.0.0.1", 9000),)


def test_what_stun_servers_answer_is_announced() -> None:
    plan = plan_addresses("0.0.0.0", ["stun:stun.example:3478"], MACHINE)
    assert plan.ask == (StunServer("stun.example", 3478),)
    assert plan.endpoints(7881) == ()
    answers = [("203.0.113.5", 7881), ("203.0.113.5", 7881), ("203.0.113.5", 1024)]
    assert plan.endpoints(7881, answers) == (("203.0.113.5", 7881), ("203.0.113.5", 1024))


@pytest.mark.parametrize(
    ("host", "announce", "machine"),
    [("meet.example", [], MACHINE), ("0.0.0.0", [], []), ("0.0.0.0", ["x"], MACHINE)],
)
def test_a_plan_that_cannot_be_made_says_so(host: str, announce: list[str], machine: list[str]) -> None:
    with pytest.raises(LocalError):
        plan_addresses(host, announce, machine)


def test_candidates_follow_the_rfcs() -> None:
    assert host_candidates((("192.0.2.2", 7881), ("2001:db8::2", 7882)), tcp=True) == (
        "candidate:0 1 udp 2130706431 192.0.2.2 7881 typ host",
        "candidate:1 1 udp 2130706175 2001:db8::2 7882 typ host",
        "candidate:2 1 tcp 1520435199 192.0.2.2 7881 typ host tcptype passive",
        "candidate:3 1 tcp 1520434943 2001:db8::2 7882 typ host tcptype passive",
    )


@given(st.lists(st.tuples(st.ip_addresses().map(str), st.integers(1, 65535)), max_size=MAX_ADDRESSES))
def test_candidates_are_read_by_aioice_and_no_two_rank_the_same(endpoints: list[tuple[str, int]]) -> None:
    lines = host_candidates(endpoints, tcp=True)
    candidates = [aioice.Candidate.from_sdp(line.removeprefix("candidate:")) for line in lines]
    assert [(entry.host, entry.port) for entry in candidates] == endpoints * 2
    assert [entry.transport for entry in candidates] == ["udp"] * len(endpoints) + ["tcp"] * len(endpoints)
    priorities = [entry.priority for entry in candidates]
    assert priorities == sorted(set(priorities), reverse=True)
    # RFC 8445 §5.1.1.3: another base address or transport, another foundation
    assert len({entry.foundation for entry in candidates}) == len(candidates)
    assert all(entry.component == 1 and entry.type == "host" for entry in candidates)


def test_without_tcp_there_are_no_tcp_candidates() -> None:
    assert [line.split()[2] for line in host_candidates((("192.0.2.2", 7881),), tcp=False)] == ["udp"]


def test_the_answer_of_a_stun_server_tells_our_address() -> None:
    assert read_mapped_address(write_success(TRANSACTION, ("203.0.113.5", 99), None), TRANSACTION) == (
        "203.0.113.5",
        99,
    )
    # RFC 8489 §14.1: older servers answer with MAPPED-ADDRESS
    plain = write_message(StunClass.SUCCESS, TRANSACTION, ((0x0001, b"\0\1\0\x63\xcb\0\x71\5"),))
    assert read_mapped_address(plain, TRANSACTION) == ("203.0.113.5", 99)


@pytest.mark.parametrize(
    "data",
    [
        write_success(b"another one!", ("203.0.113.5", 99), None),
        write_error(TRANSACTION, ErrorCode.BAD_REQUEST, None),
        write_message(StunClass.SUCCESS, TRANSACTION, ()),
        write_binding_request(TRANSACTION),
    ],
    ids=["another transaction", "error", "no address", "a request"],
)
def test_what_is_no_answer_is_refused(data: bytes) -> None:
    with pytest.raises(RemoteError) as refused:
        read_mapped_address(data, TRANSACTION)
    assert refused.value.reason is DropReason.STUN_UNEXPECTED


def test_every_machine_has_an_address_that_a_plan_can_use() -> None:
    assert plan_addresses("0.0.0.0", [], machine_addresses()).bind
