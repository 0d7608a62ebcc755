"""Rules that involve more than one setting."""

from collections.abc import Iterator

from config.addresses import is_loopback
from config.keys import KeyPath
from config.settings import Settings
from config.sources import DEV_SECRET
from config.urls import needs_credentials


def across(settings: Settings) -> Iterator[tuple[KeyPath, str]]:
    """Each broken rule: the setting to change and why."""
    yield from _tls(settings)
    yield from _dev(settings)
    yield from _limits(settings)
    yield from _turn(settings)
    yield from _recording(settings)
    if len(set(settings.media.codecs)) != len(settings.media.codecs):
        yield ("media", "codecs"), "names a codec twice"
    if len(set(settings.media.srtp_profiles)) != len(settings.media.srtp_profiles):
        yield ("media", "srtp_profiles"), "names a profile twice"


def _tls(settings: Settings) -> Iterator[tuple[KeyPath, str]]:
    tls = settings.http.tls
    if (tls.cert is None) != (tls.key is None):
        missing, given = ("key", "cert") if tls.key is None else ("cert", "key")
        yield ("http", "tls", given), f"http.tls.{missing} is missing"
    if tls.self_signed and tls.cert is not None:
        yield ("http", "tls", "self_signed"), "excludes http.tls.cert"


def _dev(settings: Settings) -> Iterator[tuple[KeyPath, str]]:
    if settings.insecure_dev and not settings.dev:
        yield ("insecure_dev",), "needs dev"
    if not settings.dev:
        for name, secret in settings.keys.items():
            if secret == DEV_SECRET:
                yield ("keys", name), "this secret is public: it is for --dev only"
    elif not settings.insecure_dev:
        for section, host in (("http", settings.http.host), ("media", settings.media.host)):
            if not is_loopback(host):
                yield (section, "host"), "dev refuses to listen beyond loopback (insecure_dev allows it)"


def _limits(settings: Settings) -> Iterator[tuple[KeyPath, str]]:
    limits = settings.limits
    # An offer travels in a JSON string: line ends take two bytes more, and the tracks stand beside it.
    if limits.message_bytes < limits.sdp_bytes:
        yield ("limits", "message_bytes"), "is less than limits.sdp_bytes"
    if settings.rooms.max_participants > limits.max_participants:
        yield ("rooms", "max_participants"), "is more than limits.max_participants"
    if limits.base_window > limits.history:
        yield ("limits", "base_window"), "is more than limits.history"


def _turn(settings: Settings) -> Iterator[tuple[KeyPath, str]]:
    turn = settings.turn
    if any(needs_credentials(url) for url in turn.urls) and turn.secret is None:
        yield ("turn", "urls"), "turn.secret is missing"
    if turn.secret == "":
        yield ("turn", "secret"), "is empty"


def _recording(settings: Settings) -> Iterator[tuple[KeyPath, str]]:
    bucket, webhooks = settings.recording.bucket, settings.webhooks
    if bucket.name == "":
        yield ("recording", "bucket", "name"), "is empty"
    if (bucket.access_key is None) != (bucket.secret_key is None):
        missing, given = ("secret_key", "access_key")
        if bucket.access_key is None:
            missing, given = given, missing
        yield ("recording", "bucket", given), f"recording.bucket.{missing} is missing"
    if webhooks.urls and not webhooks.secret:
        yield ("webhooks", "urls"), "webhooks.secret is missing"
    if len(set(webhooks.urls)) != len(webhooks.urls):
        yield ("webhooks", "urls"), "names a receiver twice"
