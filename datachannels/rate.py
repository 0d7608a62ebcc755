"""Token buckets: how often somebody may do something."""

from datachannels.refusals import RequestRefused


class Bucket:
    """Allows `rate_per_s` on average and as many at once as come in `burst_s` seconds."""

    def __init__(self, rate_per_s: float, now: float, burst_s: float = 1.0) -> None:
        self._rate_per_s = rate_per_s
        self._capacity = max(1.0, rate_per_s * burst_s)
        self._level = self._capacity
        self._at = now

    def take(self, now: float, amount: float = 1.0) -> bool:
        """True if `amount` more is allowed now; it is then counted."""
        self._level = min(self._capacity, self._level + (now - self._at) * self._rate_per_s)
        self._at = now
        if self._level < amount:
            return False
        self._level -= amount
        return True

    def wait_ms(self, now: float, amount: float = 1.0) -> int:
        """How long until `take` says yes, at least a millisecond."""
        level = min(self._capacity, self._level + (now - self._at) * self._rate_per_s)
        return max(1, round((amount - level) / self._rate_per_s * 1000))


class Allowance:
    """A bucket of the same size for each participant."""

    def __init__(self, rate_per_s: float, burst_s: float = 1.0) -> None:
        self._rate_per_s = rate_per_s
        self._burst_s = burst_s
        self._buckets: dict[str, Bucket] = {}

    def spend(self, participant: str, now: float, amount: float = 1.0) -> None:
        """Count `amount` more. Raises `RequestRefused` if that is too much now."""
        bucket = self._buckets.get(participant)
        if bucket is None:
            bucket = self._buckets[participant] = Bucket(self._rate_per_s, now, self._burst_s)
        if not bucket.take(now, amount):
            raise RequestRefused("rate_limited", "too much at once", retry_ms=bucket.wait_ms(now, amount))

    def forget(self, participant: str) -> None:
        """They are gone."""
        self._buckets.pop(participant, None)
