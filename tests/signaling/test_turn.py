"""TURN credentials, and where clients get them."""

import base64
import hashlib
import hmac
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from config.settings import TurnSettings
from signaling.turn import ice_servers
from tests.signaling.meeting import UNIX_S, Meeting

URLS = ("stun:turn.example:3478", "turn:turn.example:3478", "turns:turn.example:443?transport=tcp")
TURN = TurnSettings(urls=URLS, secret="north", ttl_s=3_600)


def test_credential_is_the_one_of_the_rest_api() -> None:
    stun, turn = ice_servers(TURN, "anna", 1_000_000.5)
    assert stun == {"urls": [URLS[0]]}
    assert turn["urls"] == list(URLS[1:])
    assert turn["username"] == "1003600:anna"
    # printf 1003600:anna | openssl dgst -sha1 -hmac north -binary | base64
    assert turn["credential"] == "+ri8cuTXVgdGQtCZtmOlqQE+79c="


def test_without_servers_or_secret_there_are_none() -> None:
    assert ice_servers(TurnSettings(), "anna", 0.0) == []
    assert ice_servers(TurnSettings(urls=URLS), "anna", 0.0) == [{"urls": [URLS[0]]}]


@given(st.text(max_size=256))
def test_any_identity_makes_a_username_turn_servers_take(identity: str) -> None:
    username = ice_servers(TURN, identity, 1.0)[1]["username"]
    assert username.isascii()
    assert username.isprintable()
    assert username.count(":") == 1
    assert len(username) <= 508


def test_joined_and_each_fresh_token_carry_credentials() -> None:
    meeting = Meeting()
    meeting.node.settings = replace(meeting.node.settings, turn=TURN)
    anna = meeting.client()
    anna.send({"type": "join", "token": meeting.token("anna")})
    first = anna.take("joined")[0]["ice_servers"][1]
    assert first["username"] == f"{int(UNIX_S) + 3_600}:anna"
    meeting.advance(1_801)
    (fresh,) = anna.take("token")
    expires_at = int(fresh["ice_servers"][1]["username"].partition(":")[0])
    assert expires_at >= UNIX_S + 1_800 + 3_600
    digest = hmac.new(b"north", fresh["ice_servers"][1]["username"].encode(), hashlib.sha1).digest()
    assert fresh["ice_servers"][1]["credential"] == base64.b64encode(digest).decode()


def test_without_turn_nothing_is_said_of_it() -> None:
    meeting = Meeting()
    anna = meeting.client()
    anna.send({"type": "join", "token": meeting.token("anna")})
    assert anna.take("joined")[0]["ice_servers"] == []
    meeting.advance(1_801)
    assert "ice_servers" not in anna.take("token")[0]
