"""What counts as an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.addresses import check_announce, check_host, check_network, is_loopback, is_wildcard


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "127.0.0.1"),
        ("0.0.0.0", "0.0.0.0"),
        ("::", "::"),
        ("[::1]", "::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
    ],
)
def test_host_is_an_address_in_normal_form(text: str, host: str) -> None:
    assert check_host(text) == host


@pytest.mark.parametrize("text", ["", "example.org", "10.0.0", "10.0.0.1:80", "1.2.3.4.5", "[::1]:80"])
def test_host_is_nothing_but_an_address(text: str) -> None:
    with pytest.raises(ValueError, match="IP address"):
        check_host(text)


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("192.0.2.7", "192.0.2.7/32"),
        ("2001:DB8::/32", "2001:db8::/32"),
    ],
)
def test_network_is_normalised(text: str, network: str) -> None:
    assert check_network(text) == network


@pytest.mark.parametrize("text", ["", "example.org", "192.0.2.7/24", "192.0.2.0/33", "*"])
def test_network_is_nothing_but_a_network(text: str) -> None:
    with pytest.raises(ValueError, match="network"):
        check_network(text)


@pytest.mark.parametrize(
    "text",
    [
        "203.0.113.7",
        "203.0.113.7:7881",
        "2001:db8::7",
        "[2001:db8::7]",
        "[2001:db8::7]:7881",
        "stun:stun.example.org:3478",
        "stun:[2001:db8::7]:3478",
    ],
)
def test_announced_addresses_pass_unchanged(text: str) -> None:
    assert check_announce(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0.0.0.0",
        "::",
        "example.org",
        "203.0.113.7:0",
        "203.0.113.7:65536",
        "203.0.113.7:",
        "[2001:db8::7]7881",
        "[2001:db8::7]:",
        "[2001:db8::7",
        "stun:example.org",
        "stun::3478",
        "stun:",
        "203.0.113.7:٣",
    ],
)
def test_announced_addresses_of_another_shape_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="should be"):
        check_announce(text)


@given(st.text())
def test_any_text_is_an_address_or_a_value_error(text: str) -> None:
    for check in (check_host, check_announce):
        try:
            checked = check(text)
        except ValueError:
            continue
        assert check(checked) == checked


@pytest.mark.parametrize(
    ("host", "wildcard", "loopback"),
    [
        ("0.0.0.0", True, False),
        ("::", True, False),
        ("127.0.0.1", False, True),
        ("127.9.9.9", False, True),
        ("::1", False, True),
        ("192.0.2.1", False, False),
    ],
)
def test_wildcard_and_loopback_are_told_apart(host: str, wildcard: bool, loopback: bool) -> None:
    assert (is_wildcard(host), is_loopback(host)) == (wildcard, loopback)
