"""Files in a bucket, against a server of its protocol."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from config.settings import BucketSettings
from recording.bucket import Bucket, BucketError
from tests.recording.bucket_server import KEYS, bucket_server, client, make_bucket


@pytest.fixture(scope="module")
def settings() -> Iterator[BucketSettings]:
    with bucket_server() as settings:
        make_bucket(settings)
        yield settings


def test_a_file_is_put_with_its_checksum_and_got_whole_or_in_part(
    settings: BucketSettings, tmp_path: Path
) -> None:
    bucket, path = Bucket(settings), tmp_path / "01-ada-camera.webm"
    content = bytes(range(256)) * 40_000  # more than one part: 10 MB
    path.write_bytes(content)
    bucket.put(path, "re_1/01-ada-camera.webm")
    kept = client(settings).head_object(Bucket=settings.name, Key="recordings/re_1/01-ada-camera.webm")
    assert kept["Metadata"] == {"sha256": sha256(content).hexdigest()}
    whole = bucket.get("re_1/01-ada-camera.webm")
    assert whole is not None
    assert (whole.length, whole.content_range) == (len(content), None)
    assert b"".join(whole.parts) == content
    part = bucket.get("re_1/01-ada-camera.webm", "bytes=10-19")
    assert part is not None
    assert (part.length, part.content_range) == (10, f"bytes 10-19/{len(content)}")
    assert b"".join(part.parts) == content[10:20]


def test_what_is_not_there_is_none_and_a_folder_goes_alone(settings: BucketSettings, tmp_path: Path) -> None:
    bucket, path = Bucket(settings), tmp_path / "manifest.json"
    path.write_text("{}")
    for folder in ("re_2", "re_22"):
        bucket.put(path, f"{folder}/manifest.json")
    bucket.delete("re_2")
    assert bucket.get("re_2/manifest.json") is None
    assert bucket.get("re_22/manifest.json") is not None
    bucket.delete("re_2")


def test_a_bucket_that_is_not_there_is_an_error(settings: BucketSettings, tmp_path: Path) -> None:
    bucket, path = Bucket(replace(settings, name="elsewhere")), tmp_path / "manifest.json"
    path.write_text("{}")
    with pytest.raises(BucketError):
        bucket.put(path, "re_3/manifest.json")
    with pytest.raises(BucketError):
        bucket.get("re_3/manifest.json")
    with pytest.raises(BucketError):
        bucket.delete("re_3")


def test_a_server_that_does_not_answer_is_an_error() -> None:
    with pytest.raises(BucketError):
        Bucket(replace(KEYS, endpoint="http://127.0.0.1:9")).get("re_1/manifest.json")
