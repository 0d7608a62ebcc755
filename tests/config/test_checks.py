"""Rules over more than one setting."""

import pytest

from config.errors import SettingsError
from config.keys import KeyPath
from config.load import load_settings
from config.sources import DEV_SECRET, Given


def load(values: dict[str, object]) -> None:
    layer: dict[KeyPath, Given] = {tuple(key.split(".")): Given(v, "--flag") for key, v in values.items()}
    load_settings(layer, {})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"http.tls.cert": "c"}, "--flag: http.tls.cert: http.tls.key is missing"),
        ({"http.tls.key": "k"}, "--flag: http.tls.key: http.tls.cert is missing"),
        (
            {"http.tls.cert": "c", "http.tls.key": "k", "http.tls.self_signed": True},
            "--flag: http.tls.self_signed: excludes http.tls.cert",
        ),
        ({"insecure_dev": True}, "--flag: insecure_dev: needs dev"),
        ({"keys.k": DEV_SECRET}, "--flag: keys.k: this secret is public: it is for --dev only"),
        (
            {"dev": True, "http.host": "0.0.0.0"},
            "--flag: http.host: dev refuses to listen beyond loopback (insecure_dev allows it)",
        ),
        (
            {"dev": True, "media.host": "192.0.2.1"},
            "--flag: media.host: dev refuses to listen beyond loopback (insecure_dev allows it)",
        ),
        ({"limits.message_bytes": 5}, "--flag: limits.message_bytes: is less than limits.sdp_bytes"),
        ({"limits.sdp_bytes": 2**30}, "default: limits.message_bytes: is less than limits.sdp_bytes"),
        (
            {"rooms.max_participants": 1001},
            "--flag: rooms.max_participants: is more than limits.max_participants",
        ),
        ({"limits.base_window": 20_000}, "--flag: limits.base_window: is more than limits.history"),
        ({"turn.urls": ["turn:t.example"]}, "--flag: turn.urls: turn.secret is missing"),
        ({"turn.urls": ["stun:t.example"], "turn.secret": ""}, "--flag: turn.secret: is empty"),
        ({"recording.bucket.name": ""}, "--flag: recording.bucket.name: is empty"),
        (
            {"recording.bucket.access_key": "k"},
            "--flag: recording.bucket.access_key: recording.bucket.secret_key is missing",
        ),
        ({"webhooks.urls": ["https://h.example"]}, "--flag: webhooks.urls: webhooks.secret is missing"),
        (
            {"webhooks.urls": ["https://h.example/", "https://h.example"], "webhooks.secret": "s"},
            "--flag: webhooks.urls: names a receiver twice",
        ),
        ({"media.codecs": ["VP8", "VP8"]}, "--flag: media.codecs: names a codec twice"),
        (
            {"media.srtp_profiles": ["AEAD_AES_128_GCM"] * 2},
            "--flag: media.srtp_profiles: names a profile twice",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused(values: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(values)
    assert list(refused.value.problems) == [said]


@pytest.mark.parametrize(
    "values",
    [
        {"http.tls.cert": "c", "http.tls.key": "k"},
        {"http.tls.self_signed": True},
        {"dev": True, "http.host": "::1", "media.host": "127.0.0.2"},
        {"dev": True, "insecure_dev": True, "http.host": "0.0.0.0", "media.host": "::"},
        {"dev": True, "media.announce": ["203.0.113.7"]},
        {"turn.urls": ["stun:t.example"]},
        {"turn.urls": ["stun:t.example", "turns:t.example"], "turn.secret": "s"},
    ],
)
def test_settings_that_agree_pass(values: dict[str, object]) -> None:
    load(values)
