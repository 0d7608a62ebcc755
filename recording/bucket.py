"""An S3-compatible bucket for finished recordings and their films.

Every call waits for the network: none is for a loop.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from config.settings import BucketSettings
from sfu.errors import LocalError

PART_BYTES: Final = 1024 * 1024
ATTEMPTS: Final = 4
"""boto3's own, within a second or two; whoever calls tries again later."""

TIMEOUT_S: Final = 30


class BucketError(LocalError):
    """The bucket does not answer, or not as it should."""


@dataclass(slots=True)
class Fetched:
    """Part of an object: how long it is, which bytes of it (``bytes 0-1/5``, None for all), and the bytes.

    `close` ends it before all of it was read.
    """

    length: int
    content_range: str | None
    parts: Iterator[bytes]
    close: Callable[[], None]


class Bucket:
    """Raises LocalError if boto3 is not installed; all else raises BucketError."""

    def __init__(self, settings: BucketSettings) -> None:
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError, ClientError
        except ModuleNotFoundError as error:
            raise LocalError("a bucket needs boto3: pip install 'sfumato[bucket]'") from error
        self._name = settings.name
        self._prefix = settings.prefix
        self._errors = (BotoCoreError, ClientError, boto3.exceptions.Boto3Error, OSError)
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=settings.endpoint,
            region_name=settings.region,
            aws_access_key_id=settings.access_key,
            aws_secret_access_key=settings.secret_key,
            config=Config(
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                connect_timeout=TIMEOUT_S,
                read_timeout=TIMEOUT_S,
            ),
        )

    def put(self, path: Path, key: str) -> None:
        """Upload a file, and see that all of it is there."""
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            extra = {"Metadata": {"sha256": digest}}
            # boto3 sends a checksum with each part, which the bucket compares with what it has received.
            self._client.upload_file(str(path), self._name, self._prefix + key, ExtraArgs=extra)
            found = self._client.head_object(Bucket=self._name, Key=self._prefix + key)
        except self._errors as error:
            raise BucketError(f"{key}: {error}") from error
        if found["ContentLength"] != path.stat().st_size or found["Metadata"].get("sha256") != digest:
            raise BucketError(f"{key}: the bucket has something else")

    def get(self, key: str, wanted: str | None = None) -> Fetched | None:
        """An object, or the part of it that a Range header wants; None if there is none."""
        where: dict[str, str] = {"Bucket": self._name or "", "Key": self._prefix + key}
        if wanted is not None:
            where["Range"] = wanted
        try:
            found = self._client.get_object(**where)
        except self._errors as error:
            code = getattr(error, "response", {}).get("Error", {}).get("Code")
            if code in ("NoSuchKey", "404", "InvalidRange"):
                return None
            raise BucketError(f"{key}: {error}") from error
        body = found["Body"]
        length, which = found["ContentLength"], found.get("ContentRange")
        return Fetched(length, which, body.iter_chunks(PART_BYTES), body.close)

    def remove(self, key: str) -> None:
        """One object, if it is there."""
        try:
            self._client.delete_object(Bucket=self._name, Key=self._prefix + key)
        except self._errors as error:
            raise BucketError(f"{key}: {error}") from error

    def delete(self, folder: str) -> None:
        """All objects of a folder."""
        try:
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._name, Prefix=f"{self._prefix}{folder}/"
            )
            for page in pages:
                for found in page.get("Contents", ()):
                    self._client.delete_object(Bucket=self._name, Key=found["Key"])
        except self._errors as error:
            raise BucketError(f"{folder}: {error}") from error
