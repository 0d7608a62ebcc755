"""Pictures inside of a drawing's file: `data:` URLs by name, as Excalidraw has them."""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from datachannels.refusals import RequestRefused
from datachannels.whiteboard.picture import HEAD_BYTES, read_picture

MAX_PICTURES_BYTES = 16 * 1024 * 1024
"""Of all in one file: with the elements it is to fit an import."""


def picture_in(folder: Path, name: str) -> tuple[str, bytes] | None:
    """A picture that can be shown, with its media type; None for what is not there or none."""
    if not name.isalnum():
        return None
    try:
        data = (folder / name).read_bytes()
        return read_picture(data[:HEAD_BYTES]).type, data
    except (OSError, RequestRefused):
        return None


def data_url(kind: str, data: bytes) -> str:
    """The bytes with their media type, as an address."""
    return f"data:{kind};base64,{b64encode(data).decode()}"


def written(folder: Path, names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Pictures by their SHA-256, the first ones that fit."""
    files: dict[str, dict[str, str]] = {}
    size = 0
    for name in dict.fromkeys(names):
        found = picture_in(folder, name)
        if found is None or size + len(found[1]) > MAX_PICTURES_BYTES:
            continue
        size += len(found[1])
        files[name] = {"dataURL": data_url(*found)}
    return files


def read(files: Mapping[str, Any]) -> dict[str, tuple[str, bytes]]:
    """SHA-256 and bytes of each file, by its name there. Raises AttributeError for what is no such table."""
    found: dict[str, tuple[str, bytes]] = {}
    for name, file in files.items():
        _, _, coded = str(file.get("dataURL", "")).partition(";base64,")
        try:
            data = b64decode(coded, validate=True)
        except NotBase64:
            continue
        if data:
            found[name] = (sha256(data).hexdigest(), data)
    return found
