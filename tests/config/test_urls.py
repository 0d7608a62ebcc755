"""What counts as an address of another server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.urls import check_database_url, check_http_url, check_turn_url, needs_credentials


@pytest.mark.parametrize(
    ("url", "credentials"),
    [
        ("turn:turn.example.org", True),
        ("turn:turn.example.org:3478", True),
        ("turn:192.0.2.1:3478?transport=udp", True),
        ("turns:turn.example.org:443?transport=tcp", True),
        ("turn:[2001:db8::1]:3478", True),
        ("turn:h:65535?transport=tcp", True),
        ("stun:[2001:db8::7]", False),
        ("stun:stun.example.org:3478", False),
        ("stuns:stun.example.org", False),
    ],
)
def test_turn_and_stun_urls_pass_unchanged(url: str, credentials: bool) -> None:
    assert check_turn_url(url) == url
    assert needs_credentials(url) == credentials


@pytest.mark.parametrize(
    "url",
    [
        "",
        "turn:",
        "turn://h",
        "h:3478",
        "turn:h:port",
        "turn:h:0",
        "stun:h:65536",
        "turn:[2001:db8::1]:99999?transport=udp",
        "turn:h?transport=sctp",
        "stun:h?transport=udp",
        "turn:a b",
    ],
)
def test_other_texts_are_no_turn_urls(url: str) -> None:
    with pytest.raises(ValueError, match="should be like turn:"):
        check_turn_url(url)


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("https://meet.example.org", "https://meet.example.org"),
        ("https://meet.example.org/", "https://meet.example.org"),
        ("http://192.0.2.1:8080/sfumato/", "http://192.0.2.1:8080/sfumato"),
        ("http://[2001:db8::1]:8080", "http://[2001:db8::1]:8080"),
        ("http://localhost.", "http://localhost."),
    ],
)
def test_http_addresses_lose_the_slash_at_their_end(url: str, read: str) -> None:
    assert check_http_url(url) == read


@pytest.mark.parametrize(
    "url",
    ["", "meet.example.org", "ftp://h", "https://", "https://h:99999", "https://h?q", "https://h#f", "https://u@h",
     "https://[", "https://ä.example", "https://h\n", "https://h/\tx", "https://a..b", "https://.h",
     f"https://{'a' * 64}.example"],
)  # fmt: skip
def test_other_texts_are_no_http_addresses(url: str) -> None:
    with pytest.raises(ValueError, match="should be like https://"):
        check_http_url(url)


@given(st.text(max_size=60))
def test_any_text_is_a_url_or_a_value_error(text: str) -> None:
    for check, schemes in (
        (check_turn_url, ("turn", "stun")),
        (check_http_url, ("http",)),
        (check_database_url, ("postgresql", "sqlite")),
    ):
        try:
            check(text)
        except ValueError:
            continue
        assert text.startswith(schemes)


@pytest.mark.parametrize(
    "url", ["sqlite:///", "sqlite:///?x=1", "sqlite:///:memory:", "sqlite:///file::memory:?uri=true",
            "sqlite:///file:a?mode=memory&uri=true"],
)  # fmt: skip
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="should name a file"):
        check_database_url(url)


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:p@h/d", "postgresql:///d?host=/run", "sqlite:////srv/a.db", "postgresql://u:p[/:x@h:5432/d",
     "postgresql://u@[::1]:5432", "postgresql://h:5432?user=u", "postgresql://u@/d?host=a:1,b:2"],
)  # fmt: skip
def test_database_urls_pass_unchanged(url: str) -> None:
    assert check_database_url(url) == url


@pytest.mark.parametrize(
    "url",
    ["", "postgres", "mysql://h/d", "sqlite://", "postgresql+asyncpg://h/d", "postgresql://h:port/d",
     "postgresql://u:secret@h:port/d", "postgresql://[::1/d"],
)  # fmt: skip
def test_other_texts_are_no_database_urls(url: str) -> None:
    with pytest.raises(ValueError, match="postgresql://"):
        check_database_url(url)
