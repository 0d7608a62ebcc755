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

FILM_CALLS: list[tuple[str, str, str]] = [
    ("POST", "/recordings/{id}/compose", "own"),
    ("GET", "/recordings/{id}/compositions", "see"),
    ("GET", "/recordings/{id}/compositions/grid.mp4", "see"),
    ("DELETE", "/recordings/{id}/compositions/grid.mp4", "own"),
    ("GET", "/recordings/{id}/compositions/grid.mp4/file", "see"),
    ("GET", "/recordings/{id}/pictures/" + "0" * 64, "see"),
]
"""Method, path, and who may: own: with the grant, see: with a token of the recording too."""

FORWARD_CALLS = [
    ("POST", "/rooms/r/forwards"),
    ("GET", "/rooms/r/forwards"),
    ("DELETE", "/rooms/r/forwards/{id}"),
    ("GET", "/rooms/r/forwards/{id}/sdp"),
]
"""Who may is tested beside what they do."""


def recording_route(path: str) -> str:
    """As the description has it."""
    path = path.replace("/rooms/r/", "/rooms/{name}/").replace("{running}", "{id}")
    path = path.replace("grid.mp4", "{film}").replace("0" * 64, "{sha256}")
    return "/api/v1" + path.replace("manifest.json", "{file}")
