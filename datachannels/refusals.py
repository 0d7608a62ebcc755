"""How a request is refused, on a data channel, the signaling socket and over HTTP alike."""


class Refusal(Exception):
    """A client asked for what it cannot have."""


class RequestRefused(Refusal):
    """One request, answered by `error`; the channel or socket stays.

    `code` is one of the error codes of PROTOCOL.md 3, such as ``bad_message`` or ``forbidden``; `retry_ms`
    says when to try again.
    """

    def __init__(self, code: str, message: str, retry_ms: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.retry_ms = retry_ms
