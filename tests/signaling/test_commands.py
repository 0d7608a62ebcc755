"""The command line, without a node: what it prints, what it refuses, with which exit code."""

import asyncio
import re
import time
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.sources import DEV_KEY, DEV_SECRET
from signaling.commands import restored
from signaling.main import COMMANDS, main
from signaling.permissions import Role
from signaling.tokens import read_token
from tests.storage.samples import opened

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def sfumato(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environment, prog_name="sfumato")


def test_help_lists_every_registered_subcommand() -> None:
    result = sfumato("--help")
    assert result.exit_code == 0
    for name in {"serve", "token", "config", "version"} | {p.name for p in entry_points(group=COMMANDS)}:
        assert f"\n  {name} " in result.stdout


def test_every_registered_subcommand_loads_and_explains_itself() -> None:
    for point in entry_points(group=COMMANDS):
        result = sfumato(point.name, "--help")
        assert result.exit_code == 0, point.value
        assert result.stdout.startswith(f"Usage: sfumato {point.name}")


def test_an_unknown_subcommand_is_named() -> None:
    result = sfumato("sing")
    assert result.exit_code == 2
    assert "No such command 'sing'" in result.stderr


def test_version_names_the_program() -> None:
    result = sfumato("version")
    assert result.exit_code == 0
    assert re.fullmatch(r"sfumato .+ \((compiled|interpreted)\), Python \S+\n", result.stdout)


def test_serve_offers_the_flags_of_the_protocol() -> None:
    printed = sfumato("serve", "--help").stdout
    words = set(printed.split())
    assert {"--dev", "--insecure-dev", "--config", "--host", "--http-port", "--media-port"} <= words
    assert {"--announce", "--tls-cert", "--tls-key", "--tls", "--data"} <= words


def test_serve_without_a_key_says_what_to_do() -> None:
    result = sfumato("serve")
    assert result.exit_code == 2
    assert "add one to [keys], or try --dev" in result.stderr
    assert result.stdout == ""


def test_flags_are_settings() -> None:
    result = sfumato(
        *("config", "--dev", "--host", "::1", "--http-port", "0", "--media-port", "7000", "--data", "d"),
        *("--announce", "203.0.113.7", "--announce", "[2001:db8::7]:99", "--tls", "self-signed"),
    )
    assert result.exit_code == 0
    printed = tomllib.loads(result.stdout)
    assert printed["dev"] is True
    assert printed["http"]["host"] == printed["media"]["host"] == "::1"
    assert (printed["http"]["port"], printed["media"]["port"]) == (0, 7000)
    assert printed["media"]["announce"] == ["203.0.113.7", "[2001:db8::7]:99"]
    assert printed["http"]["tls"]["self_signed"] is True
    assert printed["data"] == "d"
    assert 'data = "d"  # --data' in result.stdout


def test_certificate_files_are_settings() -> None:
    printed = tomllib.loads(sfumato("config", "--tls-cert", "c.pem", "--tls-key", "k.pem").stdout)
    assert (printed["http"]["tls"]["cert"], printed["http"]["tls"]["key"]) == ("c.pem", "k.pem")


def test_config_shows_the_source_and_hides_the_secret() -> None:
    Path("my.toml").write_text(f'[keys]\nmain = "{SECRET}"\n')
    result = sfumato("config", "--config", "my.toml", SFUMATO_MEDIA__PORT="9")
    assert SECRET not in result.stdout
    assert '"main" = "********"  # my.toml' in result.stdout
    assert "port = 9  # SFUMATO_MEDIA__PORT" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["config", "--config", "no.toml"], "sfumato: no.toml: no such file\n"),
        (["config", "--insecure-dev"], "sfumato: --insecure-dev: insecure_dev: needs dev\n"),
        (["config", "--tls-cert", "c"], "sfumato: --tls-cert: http.tls.cert: http.tls.key is missing\n"),
        (
            ["serve", "--dev", "--host", "127.0.0.1", "--announce", "me"],
            "sfumato: --announce: media.announce: "
            "should be IP, IP:PORT, [IP]:PORT or stun:HOST:PORT (got 'me')\n",
        ),
    ],
)
def test_wrong_settings_are_one_line_each_and_exit_code_two(arguments: list[str], said: str) -> None:
    result = sfumato(*arguments)
    assert (result.exit_code, result.stderr, result.stdout) == (2, said, "")


def test_dev_beyond_loopback_is_refused_by_serve() -> None:
    result = sfumato("serve", "--dev", "--host", "0.0.0.0")
    assert result.exit_code == 2
    assert "dev refuses to listen beyond loopback" in result.stderr


def test_a_wrong_line_of_a_file_is_named_without_a_traceback() -> None:
    Path("sfumato.toml").write_text("[media]\nprot = 7\n")
    result = sfumato("serve", "--dev")
    assert result.exit_code == 2
    assert result.stderr == "sfumato: sfumato.toml: media.prot: unknown setting (did you mean port?)\n"


def test_token_prints_one_that_admits() -> None:
    who = ("--room", "tea", "--identity", "alice", "--name", "Alice", "--role", "host", "--admin")
    result = sfumato("token", "--dev", *who, "--ttl", "2h")
    assert result.exit_code == 0
    now = time.time()
    claims = read_token(result.stdout.strip(), {DEV_KEY: DEV_SECRET}, now, "tea")
    assert (claims.identity, claims.name, claims.role, claims.admin) == ("alice", "Alice", Role.HOST, True)
    with pytest.raises(Exception, match="expired"):
        read_token(result.stdout.strip(), {DEV_KEY: DEV_SECRET}, now + 2 * 3600 + 60, "tea")


def test_token_signs_with_the_only_key_or_the_chosen_one() -> None:
    asked = ("token", "--room", "tea", "--identity", "alice")
    one = sfumato(*asked, SFUMATO_KEYS__main=SECRET)
    assert read_token(one.stdout.strip(), {"main": SECRET}, time.time()).key == "main"

    both = {"SFUMATO_KEYS__main": SECRET, "SFUMATO_KEYS__spare": SECRET[::-1]}
    chosen = sfumato(*asked, "--key", "spare", **both)
    assert read_token(chosen.stdout.strip(), {"spare": SECRET[::-1]}, time.time()).key == "spare"

    for wrong in (sfumato(*asked, **both), sfumato(*asked, "--key", "third", **both), sfumato(*asked)):
        assert wrong.exit_code == 2
        assert wrong.stdout == ""
        assert SECRET not in wrong.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--identity", "alice"],
        ["--room", "tea"],
        ["--room", "tea", "--identity", "alice", "--role", "king"],
        ["--room", "tea", "--identity", "alice", "--ttl", "long"],
        ["--room", "tea", "--identity", ""],
        ["--room", "tea", "--identity", "x" * 300],
        ["--room", "tea", "--identity", "alice", "--name", "x" * 300],
        ["--room", "x" * 300, "--identity", "alice"],
    ],
)
def test_token_refuses_what_would_make_no_good_one(arguments: list[str]) -> None:
    result = sfumato("token", "--dev", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_restored_backup_has_another_epoch() -> None:
    async def epoch() -> str:
        async with opened("sqlite:///data/sfumato.db") as store:
            return store.epoch

    Path("data").mkdir()
    before = asyncio.run(epoch())
    assert CliRunner().invoke(restored, ["--data", "data"]).exit_code == 0
    assert asyncio.run(epoch()) != before


def test_a_folder_without_a_database_is_no_restored_one() -> None:
    result = CliRunner().invoke(restored, ["--data", "date"])
    assert (result.exit_code, "there is no database" in result.stderr) == (1, True)
    assert not Path("date/sfumato.db").exists()


def test_what_cannot_be_restored_is_said(tmp_path: Path) -> None:
    (tmp_path / "sfumato.db").write_text("no database " * 100)
    broken = CliRunner().invoke(restored, ["--data", str(tmp_path)])
    assert broken.exit_code == 1
    assert broken.stderr.startswith("sfumato: the database cannot be opened")
    assert CliRunner().invoke(restored, ["--dev"]).exit_code == 2
