"""An S3 server on loopback, by moto, and a bucket in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from errno import EIO
from threading import Event
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from config.settings import BucketSettings

KEYS = BucketSettings(name="recordings", access_key="anna", secret_key="secret")


@contextmanager
def bucket_server() -> Iterator[BucketSettings]:
    """Settings for a bucket that is not made yet."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        # Moto's servers of one process share what they hold.
        yield replace(KEYS, name=f"recordings-{port}", endpoint=f"http://{host}:{port}")
    finally:
        server.stop()


def make_bucket(settings: BucketSettings) -> None:
    """Make it, empty."""
    client(settings).create_bucket(Bucket=settings.name)


def client(settings: BucketSettings) -> Any:
    """Looks into it past our own code."""
    return boto3.client(
        "s3",
        endpoint_url=settings.endpoint,
        region_name=settings.region,
        aws_access_key_id=settings.access_key,
        aws_secret_access_key=settings.secret_key,
    )


class HeldUploads:
    """Uploads by clients made from now on wait, the file open already, until `release` is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.release = Event(), Event()
        session = boto3.Session()
        session.events.register("before-call.s3.PutObject", self._hold)
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)

    def _hold(self, params: dict[str, Any], **_: Any) -> None:
        params["body"].read(1)
        params["body"].seek(0)
        self.begun.set()
        self.release.wait()


def refuse_uploads(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    """Of what has this in its name, by clients made from now on."""

    def refuse(params: dict[str, Any], **_: Any) -> None:
        if word in params["url_path"]:
            raise OSError(EIO, "refused")

    session = boto3.Session()
    session.events.register("before-call.s3.PutObject", refuse)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
