"""An X display as an agent uses it."""

from collections.abc import Iterator

import pytest

from client.agent.injector import NoScreen, Own, ScreenLost
from client.agent.screen import open_screen
from client.agent.x11 import X11Screen
from tests.client.agent.display import HEIGHT, WIDTH, WORDS_AT, OwnHands, display, own_hands, program

SHIFT = 1
CAPS_LOCK = 66
"""Its keycode on Xvfb."""


@pytest.fixture
def name() -> Iterator[str]:
    with display() as started:
        yield started


@pytest.fixture
def screen(name: str) -> Iterator[X11Screen]:
    opened = X11Screen(name)
    yield opened
    opened.close()


@pytest.fixture
def hands(name: str) -> Iterator[OwnHands]:
    with own_hands(name) as found:
        yield found


def settled(screen: X11Screen) -> X11Screen:
    """Once the display has answered: everything before is done and told."""
    screen.aim(0, 0)
    return screen


def test_the_pointer_goes_to_the_pixel(screen: X11Screen, hands: OwnHands) -> None:
    assert screen.aim(WIDTH, HEIGHT) == f"screen ({WIDTH}×{HEIGHT})"
    for place, pixel in (((0, 0), (0, 0)), ((1, 1), (WIDTH - 1, HEIGHT - 1)), ((0.5, 0.25), (640, 180))):
        screen.move(*place)
        settled(screen)
        assert hands.pointer() == pixel


def test_what_is_done_by_hand_is_told_from_what_the_agent_does(screen: X11Screen, hands: OwnHands) -> None:
    screen.move(0.5, 0.5)
    screen.button(0, True)
    screen.button(0, False)
    screen.scroll(1, -2)
    assert screen.press("a")
    screen.release("a")
    assert screen.prepare("aя")
    assert not screen.prepare("я")
    assert screen.type_character("я")
    assert screen.press("Escape")
    screen.release("Escape")
    assert list(settled(screen).poll_own()) == []
    hands.click()
    hands.key(38)
    hands.escape()
    assert list(settled(screen).poll_own()) == [Own.USED, Own.OTHER_KEY, Own.ESCAPE]
    # While a button that the agent holds grabs the pointer, too.
    screen.button(0, True)
    hands.escape()
    assert list(settled(screen).poll_own()) == [Own.ESCAPE]


def test_a_key_that_is_held_is_not_pressed_again(screen: X11Screen, hands: OwnHands) -> None:
    for down in (True, True, True, False, True):
        hands.hold(hands.escape_code, down)
    assert list(settled(screen).poll_own()).count(Own.ESCAPE) == 2
    hands.hold(hands.escape_code, False)


def test_modifiers_are_as_they_were_after_every_character(screen: X11Screen, hands: OwnHands) -> None:
    assert not screen.press("я")
    assert not screen.type_character("я")
    screen.prepare("aA!я€")
    for key in ("a", "A", "!", "я", "€"):
        assert screen.press(key)
        settled(screen)
        assert hands.held()[1] == 0
        screen.release(key)
        assert screen.type_character(key)
        settled(screen)
        assert hands.held() == ([], 0)
    assert screen.press("ShiftLeft")
    for key in ("a", "A", "1"):
        assert screen.press(key)
        screen.release(key)
        assert screen.type_character(key)
        settled(screen)
        assert hands.held()[1] == SHIFT
    screen.release("ShiftLeft")
    settled(screen)
    assert hands.held() == ([], 0)


async def test_a_character_comes_out_as_it_is_whatever_is_held_or_locked(
    name: str, screen: X11Screen, hands: OwnHands
) -> None:
    async with program(name) as window:
        screen.move(*WORDS_AT)
        screen.button(0, True)
        screen.button(0, False)
        for key in "aB1!":
            screen.press(key)
            screen.release(key)
        screen.press("ShiftLeft")
        for key in "cD2@":
            screen.press(key)
            screen.release(key)
            screen.type_character(key)
        screen.release("ShiftLeft")
        hands.key(CAPS_LOCK)
        for character in "eF3#":
            screen.type_character(character)
        hands.key(CAPS_LOCK)
        await window.hear("words", "aB1!ccDD22@@eF3#")
        screen.prepare("ä€")
        screen.type_character("ä")
        screen.press("ControlLeft")
        screen.type_character("€")  # as if Control were not held
        screen.release("ControlLeft")
        await window.hear("words", "aB1!ccDD22@@eF3#ä€")


def test_the_keyboard_is_left_as_it_was_found(name: str, hands: OwnHands) -> None:
    before = hands.mapping()
    screen = X11Screen(name)
    for number in range(100):
        assert screen.prepare([chr(0x4E00 + number)])
        assert screen.type_character(chr(0x4E00 + number))
    few = [one for one in map(chr, range(0x5000, 0x5100)) if screen.prepare([one]) and screen.press(one)]
    assert 8 <= len(few) <= 24  # there are no more keys than that
    for key in few:
        screen.release(key)
    settled(screen)
    assert hands.mapping() != before
    assert [one for one, was in zip(hands.mapping(), before, strict=True) if any(was) and one != was] == []
    screen.close()
    assert hands.mapping() == before


def test_what_a_killed_agent_held_is_let_go_of(name: str, hands: OwnHands) -> None:
    killed = X11Screen(name)
    killed.press("ShiftLeft")
    killed.button(1, True)
    settled(killed).close()
    assert hands.held() != ([], 0)
    screen = settled(X11Screen(name))
    assert hands.held() == ([], 0)
    screen.close()


def test_a_display_that_goes_away_is_told(hands: OwnHands) -> None:
    with display() as name:
        screen = X11Screen(name)
        screen.move(0, 0)
    with pytest.raises(ScreenLost):
        screen.press("a")
    screen.close()


@pytest.mark.parametrize(
    ("platform", "environment", "words"),
    [
        ("win32", {}, "Windows"),
        ("darwin", {"DISPLAY": ":0"}, "macOS"),
        ("linux", {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "Wayland"),
        ("linux", {"DISPLAY": ":0", "XDG_SESSION_TYPE": "wayland"}, "Wayland"),
        ("linux", {}, "no display"),
        ("linux", {"DISPLAY": ""}, "no display"),
        ("linux", {"DISPLAY": ":54321"}, "cannot be opened"),
        ("linux", {"DISPLAY": "nonsense"}, "cannot be opened"),
    ],
)
# python-xlib leaves the sockets that did not connect to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_where_it_cannot_work_is_said(platform: str, environment: dict[str, str], words: str) -> None:
    with pytest.raises(NoScreen, match=words):
        open_screen(platform, environment)


def test_a_monitor_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(NoScreen, match="There is no monitor VGA-9, but: screen"):
        X11Screen(name, "VGA-9")
