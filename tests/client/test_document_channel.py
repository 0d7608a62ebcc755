"""Documents over real sockets of a real node."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from client.document_channel import DocumentChannel, over_peer, over_socket
from client.documents import OpenDocument
from client.meeting import Client, connect
from client.session import RequestRefused
from datachannels.documents.ops import Delete, Delta, Insert, Retain, canonical
from datachannels.documents.units import from_units, to_units
from tests.client.serving import serving, token


def insert(text: str, at: int = 0) -> Delta:
    return canonical((Retain(at), Insert(text)))


def text(document: OpenDocument) -> str:
    return document.content.text()


async def by_peer(client: Client) -> DocumentChannel:
    documents = over_peer(client)
    await client.negotiate()
    return documents


async def by_socket(client: Client) -> DocumentChannel:
    return over_socket(client)


async def equal(
    one: tuple[DocumentChannel, OpenDocument], other: tuple[DocumentChannel, OpenDocument]
) -> None:
    """Wait until both have the same, and nothing is on its way."""
    for channel, document in (one, other, one):
        await channel.saved(document)
    await one[0].until(lambda: one[1].version >= other[1].version)
    await other[0].until(lambda: other[1].version >= one[1].version)
    assert one[1].content.ops == other[1].content.ops


@pytest.mark.parametrize("way", [by_peer, by_socket])
async def test_two_people_write_one_document(way: Callable[[Client], Awaitable[DocumentChannel]]) -> None:
    async with (
        serving() as url,
        connect(url, token("anna")) as one,
        connect(url, token("bert")) as other,
    ):
        anna, bert = await way(one), await way(other)
        doc = await anna.create("Notes", insert("the words"))
        hers = await anna.open(doc)
        his = await bert.open(doc)
        assert text(his) == "the words\n"
        hers.edit(insert("A", 3))
        hers.edit(insert("B", 4))
        his.edit(canonical((Retain(4), Delete(5), Insert(to_units("😀")))))
        anna.flush()
        bert.flush()
        await equal((anna, hers), (bert, his))
        assert from_units(text(hers)) == "theAB 😀\n"
        hers.comment(0, 3, "which?")
        await anna.saved(hers)
        await bert.until(lambda: bool(his.notes.comments))
        (comment,) = his.notes.comments.values()
        assert (comment["author"]["identity"], comment["quote"]) == ("anna", "the")
        anna.close()
        bert.close()


async def test_who_comes_back_on_a_new_connection_sends_what_was_typed_meanwhile() -> None:
    async with serving() as url, connect(url, token("bert")) as other:
        bert = await by_peer(other)
        doc = await bert.create("Notes")
        his = await bert.open(doc)
        async with connect(url, token("anna")) as one:
            anna = await by_peer(one)
            hers = await anna.open(doc)
            hers.edit(insert("before"))
            await anna.saved(hers)
            anna.close()
        hers.edit(insert(" offline", 6))
        his.edit(insert("meanwhile "))
        await bert.saved(his)
        async with connect(url, token("anna")) as one:
            anna = await by_peer(one)
            await anna.resume(hers)
            await equal((anna, hers), (bert, his))
            assert text(hers) == "meanwhile before offline\n"
            anna.close()
        bert.close()


async def test_a_long_document_is_fetched_and_what_is_typed_meanwhile_follows() -> None:
    async with (
        serving() as url,
        connect(url, token("anna")) as one,
        connect(url, token("bert")) as other,
    ):
        anna, bert = await by_peer(one), await by_socket(other)
        hers = await anna.open(await anna.create("Notes"))
        hers.edit(insert(to_units("a long text, 😀 " * 5_000)))
        await anna.saved(hers)
        assert hers.version > 3
        opening = asyncio.create_task(bert.open(hers.doc))
        for number in range(20):
            hers.edit(insert(f"{number} "))
            await anna.saved(hers)
        his = await opening
        await equal((anna, hers), (bert, his))
        assert text(his).startswith("19 18 17 ")
        anna.close()
        bert.close()


@pytest.mark.parametrize("line", ["a line of words 😀\n", "no line break "])
async def test_a_new_document_may_be_longer_than_a_message(line: str) -> None:
    async with serving() as url, connect(url, token("anna")) as one:
        anna = await by_peer(one)
        doc = await anna.create(
            "Long", canonical((Insert(to_units(line * 8_000)), Insert("end", {"bold": True})))
        )
        hers = await anna.open(doc)
        assert from_units(text(hers)) == line * 8_000 + "end\n"
        anna.close()


async def test_a_document_that_is_not_there_is_not_opened() -> None:
    async with serving() as url, connect(url, token("anna")) as one:
        anna = await by_socket(one)
        with pytest.raises(KeyError):
            await anna.open("do_nothing")
        with pytest.raises(RequestRefused):
            await anna.create("")
        anna.close()
