"""What `sfumato config` prints."""

import tomllib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from config.load import load_settings
from config.render import MASK, render
from config.sources import Given

SECRET = "0123456789abcdef0123456789abcdef"


def test_every_value_names_its_source() -> None:
    loaded = load_settings({("media", "port"): Given(0, "--media-port")}, {"SFUMATO_LOG__LEVEL": "debug"})
    lines = render(loaded).splitlines()
    assert "port = 0  # --media-port" in lines
    assert "port = 8080  # default" in lines
    assert 'level = "debug"  # SFUMATO_LOG__LEVEL' in lines


def test_secrets_are_masked() -> None:
    printed = render(load_settings({}, {"SFUMATO_KEYS__MAIN": SECRET}))
    assert SECRET not in printed
    assert f'"MAIN" = "{MASK}"  # SFUMATO_KEYS__MAIN' in printed.splitlines()


def test_secret_of_the_turn_server_is_masked() -> None:
    printed = render(load_settings({}, {"SFUMATO_TURN__SECRET": SECRET, "SFUMATO_TURN__URLS": "turn:a"}))
    assert SECRET not in printed
    assert f'secret = "{MASK}"  # SFUMATO_TURN__SECRET' in printed.splitlines()
    assert "# secret is not set" in render(load_settings({}, {}))


def test_what_is_printed_reads_back_to_the_same_settings(tmp_path: Path) -> None:
    given_values = {
        ("media", "announce"): Given(["203.0.113.7", "[2001:db8::7]:1"], "--announce"),
        ("http", "tls", "cert"): Given('a "quoted" \\ name\n', "--tls-cert"),
        ("http", "tls", "key"): Given("k", "--tls-key"),
        ("media", "flush_ms"): Given(0.1, "--x"),
    }
    loaded = load_settings(given_values, {})
    file = tmp_path / "printed.toml"
    file.write_text(render(loaded))
    assert load_settings({}, {}, str(file)).settings == loaded.settings


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_any_text_is_quoted_so_that_toml_reads_it_back(text: str) -> None:
    loaded = load_settings({("data",): Given(text, "--data")}, {}, folder=Path("/nonexistent"))
    assert tomllib.loads(render(loaded))["data"] == str(Path(text))
