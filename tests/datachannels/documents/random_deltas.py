"""Random documents and changes: emoji, embeds, nulls, attributes named `length`, and 1 beside true."""

from random import Random
from typing import Any

from datachannels.documents.document import Document, document_of
from datachannels.documents.ops import Delta, DeltaBuilder, Embed, Insert

ALPHABET = ("a", "b", "ab", "\n", "é", "漢", "😀", "😁", "👩\u200d💻", "\ufeff", "e\u0301")
EMBEDS: tuple[Embed, ...] = ({"image": "https://x.test/a.png"}, {"formula": "e=mc²"}, {"divider": True})
ATTRIBUTES: dict[str, tuple[Any, ...]] = {
    "bold": (True, 1, False),
    "length": (1, 7, "7"),
    "link": ("https://x.test/", "mailto:a@x.test"),
    "header": (1, 2, "1"),
}


def units(text: str) -> str:
    """Unit form, by a way that is not the code's own."""
    raw = text.encode("utf-16-le")
    return "".join(chr(int.from_bytes(raw[at : at + 2], "little")) for at in range(0, len(raw), 2))


def attributes(random: Random, nulls: bool) -> dict[str, Any] | None:
    if random.random() < 0.5:
        return None
    names = random.sample(sorted(ATTRIBUTES), random.randint(1, 2))
    return {
        name: None if nulls and random.random() < 0.3 else random.choice(ATTRIBUTES[name]) for name in names
    }


def insert(random: Random) -> Insert:
    if random.random() < 0.15:
        return Insert(random.choice(EMBEDS), attributes(random, nulls=False))
    text = "".join(random.choices(ALPHABET, k=random.randint(1, 4)))
    return Insert(units(text), attributes(random, nulls=False))


def some_document(random: Random, inserts: int = 5) -> Document:
    return document_of((*(insert(random) for _ in range(random.randint(0, inserts))), Insert("\n")))


def edges(base: Document) -> list[int]:
    """Indexes up to the last line break, none inside a surrogate pair."""
    text = base.text()
    return [at for at in range(base.length) if not "\udc00" <= text[at] <= "\udfff"]


def change(random: Random, base: Document) -> Delta:
    """A change of `base` that keeps its last line break; about every other one is a single edit."""
    cuts = sorted(random.choices(edges(base), k=2 * random.choice((1, 1, 2, 3))))
    builder = DeltaBuilder()
    done = 0
    for start, end in zip(cuts[::2], cuts[1::2], strict=True):
        builder.retain(start - done)
        acts = random.choice(("insert", "delete", "replace", "format"))
        if acts in ("insert", "replace"):
            builder.add(insert(random))
        if acts in ("delete", "replace"):
            builder.delete(end - start)
        else:
            builder.retain(end - start, attributes(random, nulls=True) if acts == "format" else None)
        done = end
    return builder.build()
