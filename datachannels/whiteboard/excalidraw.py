"""Drawings of Excalidraw (its JSON schema, version 2) as elements of ours.

What we have no element for becomes the nearest one (a diamond a rectangle) or is left out. Nothing that a
file says is believed before it was judged as an entry.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from math import cos, degrees, sin
from typing import Any

from datachannels.whiteboard import pictures
from datachannels.whiteboard.points import Spot, encode

INK_WIDTH = 4.25
"""Excalidraw's pen is this many times as wide as it says."""

EVEN = 0.5
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_SHORT_COLOR = re.compile(r"#[0-9a-fA-F]{3}")
_NUMBERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

BOXES = {
    "rectangle": "rect",
    "diamond": "rect",
    "ellipse": "ellipse",
    "text": "text",
    "image": "image",
    "frame": "frame",
}
LINES = {"line": "line", "arrow": "arrow", "freedraw": "stroke"}


def place(index: int) -> str:
    """The fractional index of the `index`-th of many, as npm's *fractional-indexing* writes whole numbers."""
    length, first = 1, 0
    while index - first >= 62**length:
        first += 62**length
        length += 1
    digits = ""
    rest = index - first
    for _ in range(length):
        rest, digit = divmod(rest, 62)
        digits = _NUMBERS[digit] + digits
    return chr(ord("a") + length - 1) + digits


def elements_of(drawing: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[bytes]]:
    """The elements, and the pictures on them.

    Raises LookupError, TypeError, ValueError or AttributeError where it is broken.
    """
    found = [one for one in drawing["elements"] if not one.get("isDeleted")]
    files = pictures.read(drawing.get("files") or {})
    names = {one["id"]: f"x{index}" for index, one in enumerate(found)}
    inside = {one["containerId"]: one for one in found if one.get("containerId") in names}
    made: list[dict[str, Any]] = []
    for index, one in enumerate(found):
        if one.get("containerId") in names and _holds_text(found, one["containerId"]):
            continue  # is the text of what it stands in
        element = _element(one, names, files)
        if element is None:
            continue
        if element["type"] in ("rect", "ellipse") and one["id"] in inside:
            element["text"] = str(inside[one["id"]].get("text", ""))
            element["style"]["size"] = _between(inside[one["id"]].get("fontSize", 20), 1, 1_000)
        made.append({"id": names[one["id"]], "z": place(index), **element})
    used = {one["file"] for one in made if "file" in one}
    return made, [data for name, data in files.values() if name in used]


def _holds_text(found: list[dict[str, Any]], container: str) -> bool:
    return any(one["id"] == container and one["type"] in ("rectangle", "diamond", "ellipse") for one in found)


def _element(
    one: Mapping[str, Any], names: Mapping[str, str], files: Mapping[str, tuple[str, bytes]]
) -> dict[str, Any] | None:
    kind = one["type"]
    element: dict[str, Any] = {"style": _style(one)}
    if one.get("locked") is True:
        element["locked"] = True
    if one.get("groupIds"):
        element["group"] = "g" + sha256(str(one["groupIds"][-1]).encode()).hexdigest()[:12]
    if kind in LINES:
        return element | _line(one, names)
    if kind not in BOXES:
        return None
    rotation = round(degrees(float(one.get("angle") or 0)), 2)
    element |= {
        "type": BOXES[kind],
        "box": [*(float(one[key]) for key in ("x", "y", "width", "height")), rotation],
    }
    if kind in ("text", "frame"):
        element["text"] = str(one.get("text") or one.get("name") or "")
        element["style"].pop("fill", None)
    if kind == "text":
        element["style"]["size"] = _between(one.get("fontSize", 20), 1, 1_000)
    if kind == "image":
        picture = files.get(str(one.get("fileId")))
        if picture is None:
            return None
        element["file"] = picture[0]
    return element


def _line(one: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    spots = _spots(one)
    kind = LINES[one["type"]]
    ends = {
        name: {"element": names[binding["elementId"]], "anchor": [0.5, 0.5]}
        for name, key in (("from", "startBinding"), ("to", "endBinding"))
        if (binding := one.get(key)) and binding.get("elementId") in names
    }
    if kind == "arrow" and ends and len(spots) == 2:
        return {"type": "connector", "points": encode(spots), **ends}
    return {"type": kind, "points": encode(spots)}


def _spots(one: Mapping[str, Any]) -> list[Spot]:
    """Where its points are on the board: they are told from its corner, and turn about its middle."""
    x, y, w, h = (float(one[key]) for key in ("x", "y", "width", "height"))
    angle = float(one.get("angle") or 0)
    pressures = one.get("pressures") or []
    if one.get("simulatePressure", True):
        pressures = []
    spots: list[Spot] = []
    for index, point in enumerate(one["points"]):
        px, py = x + float(point[0]), y + float(point[1])
        if angle:
            dx, dy = px - (x + w / 2), py - (y + h / 2)
            px = x + w / 2 + dx * cos(angle) - dy * sin(angle)
            py = y + h / 2 + dx * sin(angle) + dy * cos(angle)
        spots.append((px, py, float(pressures[index]) if index < len(pressures) else EVEN))
    if not spots:
        raise ValueError("a line without points")
    return spots


def _style(one: Mapping[str, Any]) -> dict[str, Any]:
    style: dict[str, Any] = {}
    color, fill = _color(one.get("strokeColor")), _color(one.get("backgroundColor"))
    if color is not None:
        style["color"] = color
    if fill is not None:
        style["fill"] = fill
    width = float(one.get("strokeWidth") or 2)
    style["width"] = _between(width * INK_WIDTH if one["type"] == "freedraw" else width, 0, 1_000)
    if one.get("strokeStyle") in ("dashed", "dotted"):
        style["dash"] = one["strokeStyle"]
    if one.get("opacity", 100) != 100:
        style["opacity"] = _between(float(one["opacity"]) / 100, 0, 1)
    return style


def _color(value: Any) -> str | None:
    if isinstance(value, str) and _COLOR.fullmatch(value):
        return value
    if isinstance(value, str) and _SHORT_COLOR.fullmatch(value):
        return "#" + "".join([digit * 2 for digit in value[1:]])
    return None


def _between(value: Any, low: float, high: float) -> float:
    return min(high, max(low, float(value)))
