"""Every call about recordings, and whose token it takes."""

from typing import Any

RECORDING_CALLS: list[tuple[str, str, Any, str]] = [
    ("POST", "/rooms/r/recordings", {}, "ha"),
    ("DELETE", "/rooms/r/recordings/{running}", None, "ha"),
    ("GET", "/rooms/r/recordings", None, "ha"),
    ("GET", "/recordings", None, "a"),
    ("GET", "/recordings/{id}", None, "ha"),
    ("GET", "/recordings/{id}/files/manifest.json", None, "ha"),
    ("POST", "/recordings/{id}/links", {}, "ha"),
    ("DELETE", "/recordings/{id}", None, "ha"),
]
"""Method, path, body, and who may: p participant, h host of the room, a admin."""


def recording_route(path: str) -> str:
    """As the description has it."""
    path = path.replace("/rooms/r/", "/rooms/{name}/").replace("{running}", "{id}")
    return "/api/v1" + path.replace("manifest.json", "{file}")
