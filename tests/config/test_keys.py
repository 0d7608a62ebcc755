"""The list of settings there are."""

from pydantic import TypeAdapter

from config.keys import dotted, known_keys, sections, suggestion
from config.settings import Settings


def test_every_default_satisfies_its_own_bounds() -> None:
    for key in known_keys().values():
        assert TypeAdapter(key.type).validate_python(key.default) == key.default, dotted(key.path)


def test_names_are_lower_case_so_that_the_environment_can_say_them() -> None:
    assert all(part == part.lower() and "__" not in part for path in known_keys() for part in path)


def test_sections_and_settings_are_told_apart() -> None:
    assert ("http", "tls") in sections()
    assert ("keys",) in sections()
    assert not sections() & known_keys().keys()


def test_a_near_miss_is_suggested_within_its_own_section() -> None:
    assert suggestion(("http", "prot")) == " (did you mean port?)"
    assert suggestion(("rooms", "prot")) == ""


def test_the_schema_is_usable_without_any_argument() -> None:
    assert Settings().limits.data_message_bytes == 65_536
