"""Which tokens let their bearer in."""

import base64
import json
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import Limits
from signaling.permissions import Role
from signaling.tokens import LEEWAY_S, Shared, TokenClaims, TokenRefused, issue_token, read_token

KEYS = {"main": "m" * 32, "other": "o" * 32}
NOW = 1_800_000_000.0


def signed(secret: str = KEYS["main"], algorithm: str = "HS256", **claims: Any) -> str:
    """A token with just these claims over ones that are good; None takes a claim away."""
    whole = {"iss": "main", "sub": "alice", "exp": int(NOW) + 60, "room": "tea", **claims}
    kept = {name: value for name, value in whole.items() if value is not None}
    return jwt.encode(kept, secret, algorithm=algorithm)


def refusal(text: str, room: str | None = "tea", now: float = NOW) -> TokenRefused:
    with pytest.raises(TokenRefused) as refused:
        read_token(text, KEYS, now, room)
    return refused.value


def segment(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_what_was_issued_reads_back() -> None:
    text = issue_token(
        "other",
        KEYS["other"],
        identity="alice",
        now_wall=NOW,
        ttl_s=60,
        room="tea",
        name="Älice 🫖",
        metadata="{}",
        role=Role.HOST,
        grants={"record": False},
        admin=True,
    )
    assert read_token(text, KEYS, NOW, "tea") == TokenClaims(
        key="other",
        identity="alice",
        expires_at=NOW + 60,
        room="tea",
        name="Älice 🫖",
        metadata="{}",
        role=Role.HOST,
        grants={"record": False},
        admin=True,
    )


def test_the_least_token_is_a_participant_without_a_room() -> None:
    text = issue_token("main", KEYS["main"], identity="alice", now_wall=NOW, ttl_s=60)
    assert read_token(text, KEYS, NOW) == TokenClaims(key="main", identity="alice", expires_at=NOW + 60)


@pytest.mark.parametrize(
    ("of_token", "asked", "code"),
    [
        ("tea", "tea", None),
        ("*", "tea", None),
        ("tea", None, None),
        (None, None, None),
        ("tea", "coffee", 4403),
        (None, "tea", 4403),
        ("tea", "", 4403),
        ("tea", "*", 4403),
    ],
)
def test_a_token_admits_to_its_room(of_token: str | None, asked: str | None, code: int | None) -> None:
    text = signed(room=of_token)
    if code is None:
        assert read_token(text, KEYS, NOW, asked).identity == "alice"
    else:
        assert refusal(text, asked).code == code


@pytest.mark.parametrize(
    ("claims", "seconds_from_now", "good"),
    [
        ({"exp": NOW}, 0, True),
        ({"exp": NOW}, LEEWAY_S, True),
        ({"exp": NOW}, LEEWAY_S + 0.001, False),
        ({"nbf": NOW}, 0, True),
        ({"nbf": NOW}, -LEEWAY_S, True),
        ({"nbf": NOW}, -LEEWAY_S - 0.001, False),
        ({"exp": NOW + 0.5}, LEEWAY_S + 0.4, True),
    ],
)
def test_times_have_thirty_seconds_of_leeway(
    claims: dict[str, float], seconds_from_now: float, good: bool
) -> None:
    text, now = signed(**claims), NOW + seconds_from_now
    if good:
        assert read_token(text, KEYS, now).identity == "alice"
    else:
        assert refusal(text, now=now).code == 4401


def test_an_expired_token_is_good_for_a_resume_and_nothing_else_is() -> None:
    old = NOW + 10_000
    assert read_token(signed(), KEYS, old, expired_ok=True).identity == "alice"
    with pytest.raises(TokenRefused):
        read_token(signed(secret="x" * 32), KEYS, old, expired_ok=True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (signed(secret="x" * 32), "signature"),
        (signed(secret=KEYS["other"]), "signature"),
        (signed(secret="m" * 64, algorithm="HS512"), "signature"),
        (jwt.encode({"iss": "main", "sub": "a", "exp": NOW + 60}, None, algorithm="none"), "signature"),
        (f"{segment({'alg': 'none'})}.{segment({'iss': 'main', 'sub': 'a', 'exp': NOW + 60})}.", "signature"),
        (signed(iss="nobody"), "key is unknown"),
        (signed(iss=None), "key is unknown"),
        ("", "not a JWT"),
        ("a.b", "not a JWT"),
        ("a.b.c.d", "not a JWT"),
        ("a.ü.c", "not a JWT"),
        (f"{segment({})}.{segment([])}.", "not a JWT"),
        (f"{segment({})}.{segment(b'NaN')}.", "not a JWT"),
        (f"{segment({})}.{segment(b'[' * 5000)}.", "not a JWT"),
        (f"{segment(b'[' * 5000)}.{segment({'iss': 'main'})}.", "signature"),
        (f"{segment([])}.{segment({'iss': 'main'})}.", "signature"),
        (f"{segment({'alg': ['HS256']})}.{segment({'iss': 'main'})}.x", "signature"),
        (f"{segment({'alg': 'HS256', 'kid': 7})}.{segment({'iss': 'main'})}.x", "signature"),
        ("x" * 1_000_000, "too long"),
    ],
)
def test_what_no_key_of_ours_signed_is_refused(text: str, said: str) -> None:
    refused = refusal(text)
    assert refused.code == 4401
    assert said in refused.message


def test_a_changed_claim_breaks_the_signature() -> None:
    head, _, tail = signed().split(".")
    claims = {"iss": "main", "sub": "mallory", "exp": NOW + 60, "room": "tea"}
    assert "signature" in refusal(f"{head}.{segment(claims)}.{tail}").message


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": None},
        {"exp": True},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 257},
        {"room": ["tea"]},
        {"room": "x" * 129},
        {"name": 7},
        {"name": "🫖" * 65},
        {"metadata": {}},
        {"metadata": "x" * 4097},
        {"role": "king"},
        {"role": 1},
        {"role": ["host"]},
        {"grants": ["record"]},
        {"grants": {"record": 1}},
        {"grants": {"record": None}},
        {"admin": 1},
        {"admin": "true"},
    ],
)
def test_a_claim_of_the_wrong_shape_is_refused(claims: dict[str, Any]) -> None:
    assert refusal(signed(**claims)).code == 4401


def test_who_may_do_everything_need_not_be_anybody() -> None:
    assert read_token(signed(sub=None, admin=True), KEYS, NOW, "tea").identity == "main"
    assert refusal(signed(sub=7, admin=True)).code == 4401


@pytest.mark.parametrize("claim", ["exp", "nbf"])
def test_a_time_that_is_no_number_is_refused(claim: str) -> None:
    # PyJWT refuses to write such a token, so the signature is made over the bytes.
    payload = json.dumps({"iss": "main", "sub": "a", "exp": NOW, claim: "soon"}).encode()
    text = jwt.PyJWS().encode(payload, KEYS["main"], algorithm="HS256")
    assert claim in refusal(text).message


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "x" * 256},
        {"name": "🫖" * 64},
        {"metadata": "é" * 4096},
        {"role": "viewer"},
        {"grants": {"record": True, "hidden": True}},
        {"extra": {"deep": [1]}},
    ],
)
def test_a_claim_at_its_bound_passes(claims: dict[str, Any]) -> None:
    assert read_token(signed(**claims), KEYS, NOW, "tea").key == "main"


def test_grants_unknown_here_are_ignored() -> None:
    assert read_token(signed(grants={"fly": True, "record": True}), KEYS, NOW).grants == {"record": True}


SHARED = Shared("do_1", "commenter", "li_1")


def test_the_token_of_a_share_link_opens_a_topic_and_no_room() -> None:
    text = issue_token(
        "main", KEYS["main"], identity="li_1", now_wall=NOW, ttl_s=60.0, link=True, shared=SHARED
    )
    read = read_token(text, KEYS, NOW)
    assert (read.shared, read.link, read.room, read.admin) == (SHARED, True, "", False)
    assert jwt.decode(text, options={"verify_signature": False})["role"] == "commenter"
    with pytest.raises(TokenRefused):
        read_token(text, KEYS, NOW, "r")


@pytest.mark.parametrize(
    "claims",
    [
        {"topic": "do_1", "share": "li_1"},
        {"topic": "do_1", "share": "li_1", "role": "host"},
        {"topic": "do_1", "share": "li_1", "role": ["editor"]},
        {"topic": "do_1", "role": "editor"},
        {"topic": "do_1", "role": "editor", "share": "x" * 65},
        {"topic": "x" * 65, "role": "editor", "share": "li_1"},
        {"topic": 7, "role": "editor", "share": "li_1"},
        {"topic": "do_1", "role": "editor", "share": "li_1", "room": "r"},
        {"topic": "do_1", "role": "editor", "share": "li_1", "admin": True},
    ],
)
def test_a_token_for_a_topic_says_which_link_and_nothing_of_rooms(claims: dict[str, Any]) -> None:
    assert refusal(signed(**({"room": None} | claims))).code == 4401


def test_bounds_are_settings() -> None:
    with pytest.raises(TokenRefused, match="longer than 3"):
        read_token(signed(name="long"), KEYS, NOW, limits=Limits(name=3))


@given(st.text() | st.binary().map(lambda raw: f"{segment(raw)}.{segment({'iss': 'main'})}.x"))
def test_any_text_is_refused_and_nothing_else_happens(text: str) -> None:
    assert refusal(text).code == 4401


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=4))
def test_any_header_is_refused_without_a_signature(header: object) -> None:
    assert refusal(f"{segment({'alg': header})}.{segment({'iss': 'main'})}.x").code == 4401


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_claim = st.sampled_from(
    [
        "sub",
        "exp",
        "nbf",
        "room",
        "name",
        "metadata",
        "role",
        "grants",
        "admin",
        "link",
        "topic",
        "share",
        "x",
    ]
)


@given(st.dictionaries(_claim, _json))
def test_signed_nonsense_is_read_or_refused(claims: dict[str, Any]) -> None:
    payload = json.dumps({"sub": "a", "exp": NOW + 60, **claims, "iss": "main"}).encode()
    text = jwt.PyJWS().encode(payload, KEYS["main"], algorithm="HS256")
    try:
        read = read_token(text, KEYS, NOW)
    except TokenRefused as refused:
        code = refused.code
    else:
        code = None
        assert read.identity
        assert read.role in Role
    assert code in (None, 4401)
