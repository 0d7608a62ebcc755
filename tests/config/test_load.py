"""Which source wins, and what is said of a wrong value."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import SettingsError
from config.keys import KeyPath
from config.load import Loaded, load_settings
from config.settings import Settings
from config.sources import DEV_KEY, DEV_SECRET, Given

SECRET = "s" * 32
PORT: KeyPath = ("media", "port")

Load = Callable[..., Loaded]


def flags(**values: object) -> dict[KeyPath, Given]:
    """Flags as the command line gives them: ``media__port=1`` is ``--media-port 1``."""
    return {
        tuple(name.split("__")): Given(value, "--" + name.replace("__", "-"))
        for name, value in values.items()
    }


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads with `toml` written to ``sfumato.toml`` in the current folder."""
    monkeypatch.chdir(tmp_path)

    def loading(toml: str = "", env: Mapping[str, str] | None = None, **given: object) -> Loaded:
        if toml:
            Path("sfumato.toml").write_text(toml)
        return load_settings(flags(**given), env or {})

    return loading


def problems(load: Load, *args: object, **given: object) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        load(*args, **given)
    return list(refused.value.problems)


def test_without_any_source_the_defaults_hold(load: Load) -> None:
    loaded = load()
    assert loaded.settings == Settings()
    assert set(loaded.origins.values()) == {"default"}


@pytest.mark.parametrize(
    ("toml", "env", "given", "port", "origin"),
    [
        ("", {}, {}, 7881, "default"),
        ("media.port = 1", {}, {}, 1, "sfumato.toml"),
        ("media.port = 1", {"SFUMATO_MEDIA__PORT": "2"}, {}, 2, "SFUMATO_MEDIA__PORT"),
        ("media.port = 1", {"SFUMATO_MEDIA__PORT": "2"}, {"media__port": 3}, 3, "--media-port"),
        ("media.port = 1", {}, {"media__port": 3}, 3, "--media-port"),
    ],
)
def test_later_sources_win(
    load: Load, toml: str, env: dict[str, str], given: dict[str, object], port: int, origin: str
) -> None:
    loaded = load(toml, env, **given)
    assert loaded.settings.media.port == port
    assert loaded.origins[PORT] == origin


def test_a_losing_value_is_not_judged(load: Load) -> None:
    assert load("media.port = 70000", {"SFUMATO_MEDIA__PORT": "2"}).settings.media.port == 2


def test_nested_tables_lists_and_keys_are_read_from_the_file(load: Load) -> None:
    settings = load(
        f"""
        data = "/srv/sfumato"
        [http.tls]
        cert = "c.pem"
        key = "k.pem"
        [media]
        announce = ["203.0.113.7", "stun:stun.example.org:3478"]
        codecs = ["opus", "VP8"]
        [keys]
        main = "{SECRET}"
        """
    ).settings
    assert settings.http.tls.cert == Path("c.pem")
    assert settings.http.tls.enabled
    assert settings.media.announce == ("203.0.113.7", "stun:stun.example.org:3478")
    assert settings.media.codecs == ("opus", "VP8")
    assert settings.data == Path("/srv/sfumato")
    assert settings.keys == {"main": SECRET}


def test_nested_tables_lists_and_keys_are_read_from_the_environment(load: Load) -> None:
    env = {
        "SFUMATO_HTTP__TLS__SELF_SIGNED": "true",
        "SFUMATO_MEDIA__ANNOUNCE": "203.0.113.7, 2001:db8::7",
        "SFUMATO_KEYS__Main": SECRET,
        "SFUMATO_DRAIN_S": "2.5",
        "OTHER": "x",
    }
    settings = load("", env).settings
    assert settings.http.tls.self_signed
    assert settings.media.announce == ("203.0.113.7", "2001:db8::7")
    assert settings.keys == {"Main": SECRET}
    assert settings.drain_s == 2.5


@pytest.mark.parametrize(
    ("toml", "env", "timeout_s"),
    [
        ("rooms.empty_timeout = 5", {}, 5.0),
        ("", {"SFUMATO_ROOMS__EMPTY_TIMEOUT": "5"}, 5.0),
        ("rooms.empty_timeout = 5", {"SFUMATO_ROOMS__EMPTY_TIMEOUT_S": "6"}, 6.0),
        ("rooms.empty_timeout_s = 5", {"SFUMATO_ROOMS__EMPTY_TIMEOUT": "6"}, 6.0),
    ],
)
def test_settings_have_the_names_of_the_protocol_too(
    load: Load, toml: str, env: Mapping[str, str], timeout_s: float
) -> None:
    assert load(toml, env).settings.rooms.empty_timeout_s == timeout_s


def test_service_links_of_an_orchestrator_are_no_settings(load: Load) -> None:
    env = {
        "SFUMATO_PORT": "tcp://10.0.0.1:80",
        "SFUMATO_SERVICE_HOST": "10.0.0.1",
        "SFUMATO_PORT_80_TCP": "x",
        "SFUMATO_DB_1_SERVICE_HOST": "10.0.0.2",
        "SFUMATO_DB_1_SERVICE_PORT": "5432",
        "SFUMATO_DB_1_SERVICE_PORT_PG_SQL": "5432",
        "SFUMATO_DB_1_PORT": "tcp://10.0.0.2:5432",
        "SFUMATO_DB_1_PORT_5432_TCP": "tcp://10.0.0.2:5432",
        "SFUMATO_DB_1_PORT_5432_TCP_ADDR": "10.0.0.2",
    }
    assert load("", env).settings == Settings()


@pytest.mark.parametrize("variable", ["SFUMATO_PORT", "SFUMATO_MEDIA_PORT", "SFUMATO_HTTP_PORT"])
def test_a_port_without_its_section_is_no_service_link(load: Load, variable: str) -> None:
    (problem,) = problems(load, "", {variable: "8080"})
    assert problem.startswith(f"{variable}: ")
    assert "unknown setting" in problem


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("media.prot = 1", "sfumato.toml: media.prot: unknown setting (did you mean port?)"),
        ("medai.port = 1", "sfumato.toml: medai: unknown setting (did you mean media?)"),
        ("media = 1", "sfumato.toml: media: should be a table"),
        ("zzz = 1", "sfumato.toml: zzz: unknown setting"),
        ("media.port.x = 1", "sfumato.toml: media.port: should be a valid integer (got {'x': 1})"),
        (
            "media.port = 70000",
            "sfumato.toml: media.port: should be less than or equal to 65535 (got 70000)",
        ),
        ("media.flush_ms = nan", "sfumato.toml: media.flush_ms: should be a finite number (got nan)"),
        ("media.port = true", "sfumato.toml: media.port: should not be true or false"),
        ("data = ''", "sfumato.toml: data: should be a path (got '')"),
        ('http.tls.key = "a\\u0000"', "sfumato.toml: http.tls.key: should be a path (got 'a\\x00')"),
        ("media.gso = 'on'", "sfumato.toml: media.gso: should be 'auto' or 'off' (got 'on')"),
        ("http.host = 'me'", "sfumato.toml: http.host: should be an IP address (got 'me')"),
        ("keys.a = 'short'", "sfumato.toml: keys.a: the secret should have at least 32 bytes"),
        ("keys.a.secret = 'short'", "sfumato.toml: keys.a: the secret should be a string"),
        (
            f"keys.'a b' = '{SECRET}'",
            "sfumato.toml: keys.a b: a key's name is 1 to 64 letters, digits, dots, dashes or underscores",
        ),
    ],
)
def test_a_wrong_value_names_itself_and_the_file(load: Load, toml: str, said: str) -> None:
    assert problems(load, toml) == [said]


def test_a_wrong_value_names_the_variable(load: Load) -> None:
    said = problems(load, "", {"SFUMATO_MEDIA__PROT": "1", "SFUMATO_MEDIA__PORT": "x"})
    assert said[0] == "SFUMATO_MEDIA__PROT: media.prot: unknown setting (did you mean port?)"
    assert said[1].startswith("SFUMATO_MEDIA__PORT: media.port: should be a valid integer")


def test_all_problems_are_told_at_once(load: Load) -> None:
    assert len(problems(load, "a = 1\nb = 2\nmedia.port = -1", {"SFUMATO_C": "3"})) == 4


def test_a_secret_is_never_repeated(load: Load) -> None:
    (said,) = problems(load, "keys.a = 'hunter2'")
    assert "hunter2" not in said
    assert SECRET not in repr(load(f"keys.a = '{SECRET}'").settings)
    (said,) = problems(load, "turn.secret = [99]")
    assert "99" not in said
    assert SECRET not in repr(load(f"turn.secret = '{SECRET}'").settings)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"media.port =", "sfumato.toml: not TOML: "), (b"\xff", "sfumato.toml: not UTF-8")],
)
def test_an_unreadable_file_is_named(load: Load, content: bytes, said: str) -> None:
    Path("sfumato.toml").write_bytes(content)
    assert problems(load)[0].startswith(said)


def test_a_file_that_was_named_must_be_there(load: Load) -> None:
    with pytest.raises(SettingsError, match=r"other\.toml: no such file"):
        load_settings({}, {}, "other.toml")
    with pytest.raises(SettingsError, match=r"env\.toml: no such file"):
        load_settings({}, {"SFUMATO_CONFIG": "env.toml"})
    with pytest.raises(SettingsError, match=r"\.: "):
        load_settings({}, {}, ".")


def test_the_named_file_takes_the_place_of_the_default_one(load: Load) -> None:
    Path("other.toml").write_text("http.port = 5")
    Path("sfumato.toml").write_text("media.port = 5")
    settings = load_settings({}, {"SFUMATO_CONFIG": "other.toml"}).settings
    assert (settings.http.port, settings.media.port) == (5, 7881)


def test_what_says_to_run_the_sources_is_no_setting(load: Load) -> None:
    assert load_settings({}, {"SFUMATO_PURE": "1"}).settings == load_settings({}, {}).settings


def test_dev_listens_on_loopback_with_the_known_key_and_guests(load: Load) -> None:
    loaded = load(dev=True)
    settings = loaded.settings
    assert (settings.http.host, settings.media.host) == ("127.0.0.1", "127.0.0.1")
    assert settings.keys == {DEV_KEY: DEV_SECRET}
    assert settings.rooms.guests
    assert loaded.origins["http", "host"] == "--dev"


def test_dev_gives_way_to_what_is_stated(load: Load) -> None:
    settings = load(f"rooms.guests = false\nkeys.main = '{SECRET}'", dev=True).settings
    assert not settings.rooms.guests
    assert settings.keys == {DEV_KEY: DEV_SECRET, "main": SECRET}


def test_without_dev_every_address_is_listened_on_and_guests_stay_out(load: Load) -> None:
    settings = load().settings
    assert settings.http.bind_host is None
    assert not settings.rooms.guests
    assert settings.keys == {}


def test_a_wrong_dev_is_told_once(load: Load) -> None:
    assert len(problems(load, "dev = 'perhaps'")) == 1


# Names that reach into the tables there are, so that not every generated key is simply unknown.
_NAMES = st.sampled_from(["media", "http", "tls", "keys", "limits", "port", "announce", "codecs", "dev"])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=60)
@given(st.dictionaries(st.lists(_NAMES | st.text(max_size=8), min_size=1, max_size=3).map(tuple), _VALUES))
def test_any_values_give_settings_or_a_settings_error(values: dict[KeyPath, object]) -> None:
    given_values = {path: Given(value, "--x") for path, value in values.items()}
    try:
        loaded = load_settings(given_values, {}, folder=Path("/nonexistent"))
    except SettingsError:
        return
    assert set(given_values) <= set(loaded.origins)
