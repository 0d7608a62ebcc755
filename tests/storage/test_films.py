"""Films of recordings, on both databases."""

from dataclasses import replace

from storage.films import FilmRecord
from storage.recordings import RecordingRecord
from storage.store import Store

RECORDING = RecordingRecord("re_1", "r", "rm_1", "node", "anna", "Anna", 1_000)
GRID = FilmRecord("re_1", "grid.mp4", 7)
SPEAKER = FilmRecord("re_1", "speaker.webm", 5, "bucket")


async def test_films_are_kept_by_recording_as_they_are_now(store: Store) -> None:
    for film in (GRID, SPEAKER, replace(GRID, recording="re_2")):
        await store.films.put(film)
    assert await store.films.of("re_1") == {"grid.mp4": GRID, "speaker.webm": SPEAKER}
    there = replace(GRID, place="bucket", octets=8)
    await store.films.put(there)
    await store.films.delete("re_1", "speaker.webm")
    assert await store.films.of("re_1") == {"grid.mp4": there}


async def test_a_node_knows_the_films_in_its_folder_and_what_all_of_them_take(store: Store) -> None:
    for recording, node in (("re_1", "node"), ("re_2", "node"), ("re_3", "other")):
        await store.recordings.put(replace(RECORDING, id=recording, node=node))
        await store.films.put(replace(GRID, recording=recording))
    await store.films.put(SPEAKER)
    assert await store.films.in_folder("node") == [GRID, replace(GRID, recording="re_2")]
    assert await store.films.octets("node") == {"re_1": 12, "re_2": 7}


async def test_a_recording_that_is_deleted_takes_its_films_along(store: Store) -> None:
    await store.recordings.put(RECORDING)
    for film in (GRID, replace(GRID, recording="re_2")):
        await store.films.put(film)
    await store.recordings.delete("re_1")
    assert await store.films.of("re_1") == {}
    assert await store.films.of("re_2") != {}
