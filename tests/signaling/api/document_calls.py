"""Every call about a document, and who may make it."""

from typing import Any

# o owner, h host of the room, p its participant, v its viewer, a admin; by the access list of the document
# O owner, c commenter, w viewer; by share link E editor, C commenter, W viewer.
EVERYBODY = "ohpvaOcwECW"
COMMENTERS = "ohpaOcEC"
MANAGERS = "ohaO"

COMMENT = {"base": 1, "index": 0, "length": 2, "text": "why?"}

# `{document}`, `{comment}` and `{review}` are made for each call by the owner, who is the reviewer too.
DOCUMENT_CALLS: list[tuple[str, str, Any, str]] = [
    ("GET", "/rooms/r/documents", None, "ohpvaOcw"),
    ("POST", "/rooms/r/documents", {"title": "t"}, "ohpaOcw"),
    ("GET", "/documents/{document}", None, EVERYBODY),
    ("GET", "/documents/{document}/content", None, EVERYBODY),
    ("GET", "/documents/{document}/changes", None, EVERYBODY),
    ("GET", "/documents/{document}/changes/1", None, EVERYBODY),
    ("GET", "/documents/{document}/export?format=delta", None, EVERYBODY),
    ("GET", "/documents/{document}/comments", None, EVERYBODY),
    ("POST", "/documents/{document}/comments", COMMENT, COMMENTERS),
    ("PATCH", "/comments/{comment}", {"resolved": True}, COMMENTERS),
    ("PATCH", "/comments/{comment}", {"text": "other"}, "oha"),
    ("DELETE", "/comments/{comment}", None, "oha"),
    ("GET", "/documents/{document}/reviews", None, EVERYBODY),
    ("POST", "/documents/{document}/reviews", {"reviewer": "bert"}, COMMENTERS),
    ("PATCH", "/reviews/{review}", {"status": "approved", "note": "fine"}, "o"),
    ("GET", "/documents/{document}/access", None, MANAGERS),
    ("PUT", "/documents/{document}/access", {"roles": {}}, MANAGERS),
    ("GET", "/documents/{document}/links", None, MANAGERS),
    ("POST", "/documents/{document}/links", {"role": "viewer"}, MANAGERS),
    ("DELETE", "/documents/{document}/links/{link}", None, MANAGERS),
    ("PATCH", "/documents/{document}", {"title": "other"}, MANAGERS),
    ("DELETE", "/documents/{document}", None, MANAGERS),
]


def route_of(path: str) -> str:
    """The path as the description has it."""
    plain = (
        path.partition("?")[0]
        .replace("/rooms/r", "/rooms/{name}")
        .replace("/changes/1", "/changes/{version}")
    )
    for name in ("document", "comment", "review"):
        plain = plain.replace(f"{{{name}}}", "{id}")
    return "/api/v1" + plain
