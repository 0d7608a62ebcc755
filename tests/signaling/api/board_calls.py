"""Every call about a board, and who may make it."""

from typing import Any

# o owner, h host of the room, p its participant, v its viewer, a admin; by the access list of the board
# w viewer; by share link E editor, W viewer.
EVERYBODY = "ohpvawEW"
EDITORS = "ohpaE"
MANAGERS = "oha"

# `{board}` is made by the owner.
BOARD_CALLS: list[tuple[str, str, Any, str]] = [
    ("GET", "/rooms/r/boards", None, "ohpvaw"),
    ("POST", "/rooms/r/boards", {"title": "t"}, "ohpaw"),
    ("GET", "/boards/{board}", None, EVERYBODY),
    ("GET", "/boards/{board}/content", None, EVERYBODY),
    ("GET", "/boards/{board}/changes", None, EVERYBODY),
    ("GET", "/boards/{board}/changes/1", None, EVERYBODY),
    ("GET", "/boards/{board}/export?format=json", None, EVERYBODY),
    ("POST", "/boards/{board}/import", {"type": "excalidraw", "elements": []}, EDITORS),
    ("PATCH", "/boards/{board}", {"title": "other"}, MANAGERS),
    ("DELETE", "/boards/{board}", None, MANAGERS),
]

FILE_CALLS = [("PUT", "/files/{sha256}"), ("GET", "/files/{sha256}"), ("GET", "/board-templates")]


def route_of(path: str) -> str:
    """The path as the description has it."""
    plain = path.partition("?")[0].replace("/rooms/r", "/rooms/{name}").replace("{board}", "{id}")
    return "/api/v1" + plain.replace("/changes/1", "/changes/{version}")
