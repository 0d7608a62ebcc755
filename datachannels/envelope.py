"""What every message has in common: JSON within bounds, `t`, and `id` that comes back as `re`.

PROTOCOL.md 3, first paragraphs. What cannot be read closes the channel; what can be read and is wrong is
answered.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import orjson

from datachannels.channel import Channel
from datachannels.json_text import MAX_INTEGER, NotJson, Unsayable, is_sayable, read_json
from datachannels.refusals import RequestRefused
from datachannels.service_node import Delivery

MAX_NAME = 64
"""A topic's id or a message's name, as far as it is repeated in an answer."""


class Unreadable(Exception):
    """Binary, not JSON or beyond its bounds: the channel is closed."""


class Reply(Protocol):
    """Where the answer to one message goes."""

    def send(self, name: str, fields: Mapping[str, Any]) -> None:
        """The message's answer; `name` is its `t`."""

    def refuse(self, refusal: RequestRefused) -> None:
        """It was refused."""


class ChannelReply:
    """Answers on a channel. `names` say of which topic, `number` and `seq` of which message, if of any."""

    __slots__ = ("_channel", "_delivery", "_names", "_number", "_seq")

    def __init__(
        self,
        delivery: Delivery,
        channel: Channel,
        names: Mapping[str, str],
        number: int | None = None,
        seq: int | None = None,
    ) -> None:
        self._delivery = delivery
        self._channel = channel
        self._names = names
        self._number = number
        self._seq = seq

    def send(self, name: str, fields: Mapping[str, Any]) -> None:
        """See `Reply`."""
        answer: dict[str, Any] = {"t": name}
        if self._number is not None:
            answer["re"] = self._number
        answer.update(self._names)
        answer.update(fields)
        self._delivery.send([self._channel], orjson.dumps(answer))

    def refuse(self, refusal: RequestRefused) -> None:
        """See `Reply`."""
        fields: dict[str, Any] = {} if self._seq is None else {"seq": self._seq}
        fields |= {"code": refusal.code, "message": refusal.message}
        if refusal.retry_ms is not None:
            fields["retry_ms"] = refusal.retry_ms
        self.send("error", fields)


class Once:
    """Another reply, which takes one answer, and what is to be done then."""

    __slots__ = ("_answered", "_reply", "_then")

    def __init__(self, reply: Reply, then: Callable[[], None]) -> None:
        self._reply = reply
        self._then = then
        self._answered = False

    def send(self, name: str, fields: Mapping[str, Any]) -> None:
        """See `Reply`."""
        if not self._answered:
            self._answered = True
            self._reply.send(name, fields)
            self._then()

    def refuse(self, refusal: RequestRefused) -> None:
        """See `Reply`."""
        if not self._answered:
            self._answered = True
            self._reply.refuse(refusal)
            self._then()


def reply_to(delivery: Delivery, channel: Channel, message: object, topic_field: str) -> ChannelReply:
    """Where the answer to a message goes, as far as it says itself what it is about."""
    fields: dict[str, Any] = message if isinstance(message, dict) else {}
    names = named_topic(fields, topic_field) if topic_field else {}
    return ChannelReply(
        delivery, channel, names, whole_number(fields.get("id")), whole_number(fields.get("seq"))
    )


def named_topic(message: Mapping[str, Any], field: str) -> dict[str, str]:
    """The topic that a message names in `field`, if an answer can repeat it."""
    topic = message.get(field)
    if isinstance(topic, str) and 0 < len(topic) <= MAX_NAME and is_sayable(topic):
        return {field: topic}
    return {}


def read_text(text: str | None, limit_bytes: int) -> tuple[Any, bool]:
    """The value of one message, and whether it is longer than allowed. Raises `Unreadable`, `Unsayable`."""
    if text is None:
        raise Unreadable("binary")
    try:
        value = read_json(text)
    except Unsayable:
        raise
    except NotJson as error:
        raise Unreadable(str(error)) from error
    # A UTF-16 unit is at most three bytes, so the length alone settles most messages.
    too_long = len(text) > limit_bytes or (
        len(text) * 3 > limit_bytes and len(text.encode("utf-8", "surrogatepass")) > limit_bytes
    )
    return value, too_long


def whole_number(value: object) -> int | None:
    """An integer that may be repeated in an answer, else None."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= MAX_INTEGER:
        return None
    return value
