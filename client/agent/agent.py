"""An agent as messages and time move it: no socket, no display.

::

    nobody ──granted──▶ controlled ◀──2 s without──▶ paused
       ▲                    │        own input          │
       └──revoked, Escape three times, connection lost──┘

Only in `controlled` anything is done on the screen, and only what the holder says.
"""

from collections.abc import Mapping
from typing import Any

from client.agent.hands import Hands
from client.agent.injector import Own, Screen
from client.agent.upper_hand import UpperHand

Message = dict[str, Any]

KEYBOARD_KINDS = frozenset({"key", "text"})


class Agent:
    """Of one track. `messages` are for the channel ``control``, `words` for who sits there."""

    def __init__(self, screen: Screen, track: str, *, allow_system_keys: bool = False) -> None:
        self.messages: list[Message] = []
        self.words: list[str] = []
        self.picture = (0, 0)
        """Width and height of what is shared, 0 if unknown."""
        self._screen = screen
        self._track = track
        self._hands = Hands(screen, allow_system_keys=allow_system_keys)
        self._upper_hand = UpperHand()
        self._holder: str | None = None
        self._scope: frozenset[str] = frozenset()
        self._told_refused: set[str] = set()

    @property
    def controlled(self) -> bool:
        """Whether somebody has control."""
        return self._holder is not None

    # --- from the server ---------------------------------------------------------------------------------

    def hear(self, label: str, data: Any, now: float) -> None:
        """A message of a channel, or several of `live`."""
        for message in data if isinstance(data, list) else [data]:
            if isinstance(message, dict):
                self._hear(label, message, now)

    def _hear(self, label: str, message: Mapping[str, Any], now: float) -> None:
        kind = message.get("t")
        if kind == "error":
            self.words.append(f"The server did not take that: {message.get('message', '')}")
        elif message.get("track") != self._track:
            return
        elif kind == "granted":
            self._granted(message)
        elif kind == "revoked":
            self._stop(f"Control is over ({_reason(message)}).")
        elif self._holder is None or message.get("participant") != self._holder or self._upper_hand.paused:
            return
        elif label == "live" and kind == "move":
            if "pointer" in self._scope:
                self._hands.move(message["x"], message["y"], now)
        elif label == "control" and kind == "input":
            self._input(message, now)

    def _granted(self, message: Mapping[str, Any]) -> None:
        self._hands.release()
        self._holder, self._scope = str(message["participant"]), frozenset(message["scope"])
        self._upper_hand = UpperHand()
        where = self._screen.aim(*self.picture)
        who = str(message.get("name") or "Somebody")
        what = " and ".join(one for one in ("pointer", "keyboard") if one in self._scope)
        self.words.append(f"{who} has control: {what}, on {where}. Press Escape three times to end it.")

    def _input(self, message: Mapping[str, Any], now: float) -> None:
        kind = message["kind"]
        if ("keyboard" if kind in KEYBOARD_KINDS else "pointer") not in self._scope:
            return
        match kind:
            case "down" | "up":
                self._hands.button(message["button"], kind == "down", message["x"], message["y"], now)
            case "wheel":
                self._hands.wheel(message["dx"], message["dy"], message["x"], message["y"], now)
            case "key":
                self._hands.key(message["code"], message["key"], message["down"], now)
            case "text":
                self._hands.text(message["text"], now)
        refused, self._hands.refused = self._hands.refused, []
        for keys in refused:
            if keys not in self._told_refused:
                self._told_refused.add(keys)
                self.words.append(f"{keys} was not pressed: --allow-system-keys would allow it.")

    # --- from here ---------------------------------------------------------------------------------------

    def own(self, done: Own, now: float) -> None:
        """Who sits at the computer did something."""
        if self._holder is None:
            return
        if done is Own.ESCAPE:
            if self._upper_hand.escape(now):
                self.end("Escape was pressed three times")
                return
        elif done is Own.OTHER_KEY:
            self._upper_hand.other_key()
        paused_before = self._upper_hand.paused
        self._upper_hand.used(now)
        if not paused_before:
            self._hands.release()
            self._pause(True)
            self.words.append("You use the computer yourself: control is paused.")

    def end(self, why: str) -> None:
        """Take control back."""
        if self._holder is not None:
            self.messages.append({"t": "revoke", "track": self._track})
            self._stop(f"Control is over ({why}).")

    def lost(self) -> None:
        """The connection is gone: what the holder does cannot be heard."""
        self._stop("")

    def _stop(self, words: str) -> None:
        self._hands.release()
        if self._holder is not None and words:
            self.words.append(words)
        self._holder = None

    def _pause(self, paused: bool) -> None:
        self.messages.append({"t": "paused", "track": self._track, "paused": paused})

    # --- time --------------------------------------------------------------------------------------------

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is due."""
        due = [self._hands.next_timeout()]
        if self._holder is not None:
            due.append(self._upper_hand.next_timeout())
        return min((at for at in due if at is not None), default=None)

    def handle_timeout(self, now: float) -> None:
        """Let go of what is held in silence, go on after a pause."""
        self._hands.handle_timeout(now)
        if self._holder is not None and self._upper_hand.paused:
            self._upper_hand.handle_timeout(now)
            if not self._upper_hand.paused:
                self._pause(False)
                self.words.append("Going on.")


REASONS = {
    "revoked": "taken or given back",
    "expired": "its time is up",
    "handed_over": "given to somebody else",
    "left": "who had it is gone",
    "away": "somebody's connection is lost",
    "ended": "the screen is not shared any more",
    "surface": "something else is shared",
    "forbidden": "who had it may not have it any more",
}


def _reason(message: Mapping[str, Any]) -> str:
    return REASONS.get(str(message.get("reason")), "ended")
