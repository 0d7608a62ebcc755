"""A process that writes and says what was acknowledged, until it is killed.

``python -m tests.storage.appender URL SEED FAILPOINT COUNT`` prints ``open``, then a line of JSON for each
acknowledged append. With a failpoint it kills itself there at the COUNT-th transaction.
"""

import asyncio
import os
import sys
from random import Random

import orjson

from datachannels.repositories import Fenced, Unavailable
from storage.store import Store
from tests.storage.dies import Dies
from tests.storage.samples import change, message, topic

ROOMS = ("r", "s")
DOCUMENT = "do_1"


def say(**values: object) -> None:
    os.write(1, orjson.dumps(values) + b"\n")


async def chat(store: Store, room: str, client: str, random: Random) -> None:
    """Several messages in flight, as a busy room has."""
    head = (await store.chat.load(room)).version
    seq = 0
    while True:
        made = [
            message(head + n, id=f"{client}-{seq + n}", client=client, seq=seq + n)
            for n in range(1, random.randint(1, 4) + 1)
        ]
        writes = [store.chat.append(room, one.version - 1, [one]) for one in made]
        for one, write in zip(made, writes, strict=True):
            await write
            say(topic=room, version=one.version, client=client, seq=one.seq)
        head, seq = made[-1].version, made[-1].seq


async def edit(store: Store, client: str) -> None:
    head = await store.documents.load(DOCUMENT)
    version, seq = (0, 0) if head is None else (head.version, 0)
    if head is None:
        await store.documents.create(topic(DOCUMENT), change(1, client=client, seq=1))
        say(topic=DOCUMENT, version=1, client=client, seq=1)
        version, seq = 1, 1
    while True:
        version, seq = version + 1, seq + 1
        await store.documents.append(DOCUMENT, version - 1, [change(version, client=client, seq=seq)])
        say(topic=DOCUMENT, version=version, client=client, seq=seq)


async def main(url: str, seed: int, failpoint: str, count: int) -> None:
    random = Random(seed)
    client = f"c{seed}"
    store = await Store.open(url, random, failpoints=Dies(failpoint, count))
    os.write(1, b"open\n")
    try:
        await asyncio.gather(*(chat(store, room, client, random) for room in ROOMS), edit(store, client))
    except (Fenced, Unavailable) as error:
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
