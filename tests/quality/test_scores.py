import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.scores import Connection, ConnectionScore, Score, rate

GOOD = Connection(0.0, 30.0, 3.0, 0.0, 0.0)


def connection(
    loss: float = 0.0, rtt_ms: float = 30.0, jitter_ms: float = 3.0, starved: float = 0.0, slowed: float = 0.0
) -> Connection:
    return Connection(loss, rtt_ms, jitter_ms, starved, slowed)


@pytest.mark.parametrize(
    ("measured", "score", "reason"),
    [
        (connection(), 5, ""),
        (connection(loss=0.01), 5, ""),
        (connection(loss=0.05), 4, ""),
        (connection(loss=0.1), 3, "loss"),
        (connection(loss=0.2), 2, "loss"),
        (connection(loss=0.6), 1, "loss"),
        (connection(rtt_ms=150), 5, ""),
        (connection(rtt_ms=600), 4, ""),
        (connection(rtt_ms=1000), 3, "delay"),
        (connection(rtt_ms=2000), 1, "delay"),
        (connection(jitter_ms=250), 3, "delay"),
        (connection(starved=0.33), 4, ""),
        (connection(starved=0.67), 3, "bandwidth"),
        (connection(starved=1.0), 2, "bandwidth"),
        (connection(slowed=0.8), 3, "cpu"),
        (connection(loss=0.02, starved=1.0, slowed=1.0), 1, "bandwidth"),
        (connection(loss=1.0, rtt_ms=1e9, jitter_ms=1e9, starved=9.0, slowed=9.0), 1, "delay"),
        (connection(loss=-1.0, rtt_ms=-1.0, jitter_ms=-1.0, starved=-1.0, slowed=-1.0), 5, ""),
    ],
)
def test_what_a_person_would_say_of_it(measured: Connection, score: int, reason: str) -> None:
    assert ConnectionScore().look(measured, 0.0) == Score(score, reason)


def looks(measured: list[Connection]) -> list[Score | None]:
    """What is told, looking once a second."""
    score = ConnectionScore()
    return [score.look(one, float(second)) for second, one in enumerate(measured)]


def test_no_change_is_no_news() -> None:
    assert looks([GOOD] * 10) == [Score(5, "")] + [None] * 9


def test_one_bad_second_is_no_bad_connection() -> None:
    told = looks([GOOD, connection(loss=0.5), *[GOOD] * 8])
    assert [score.score for score in told if score is not None][:1] == [5]
    assert all(score.score >= 3 for score in told if score is not None)


def test_a_bad_connection_is_told_within_seconds_and_so_is_its_end() -> None:
    bad = looks([GOOD] * 3 + [connection(loss=0.3)] * 8)
    assert Score(2, "loss") in bad[3:]
    told = [score for score in looks([connection(loss=0.3)] * 3 + [GOOD] * 12) if score is not None]
    assert told[0].score < told[-1].score == 5


def test_what_wobbles_between_two_scores_stays_with_one() -> None:
    between = next(loss / 1000 for loss in range(1000) if rate(connection(loss=loss / 1000))[0] < 3.5)
    told = looks([connection(loss=between * (1.1 if second % 2 else 0.9)) for second in range(60)])
    assert sum(score is not None for score in told) == 1


MEASURED = st.builds(
    Connection, st.floats(0, 1), st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1), st.floats(0, 1)
)


@given(MEASURED, MEASURED)
def test_worse_in_everything_is_never_scored_better(one: Connection, other: Connection) -> None:
    worse = Connection(
        max(one.loss, other.loss),
        max(one.rtt_ms, other.rtt_ms),
        max(one.jitter_ms, other.jitter_ms),
        max(one.starved, other.starved),
        max(one.slowed, other.slowed),
    )
    assert 1.0 <= rate(worse)[0] <= rate(one)[0] + 0.05  # G.107's polynomial has a flat foot


@given(st.lists(st.tuples(MEASURED, st.floats(0, 5)), max_size=30))
def test_scores_are_whole_and_have_a_reason_where_they_are_poor(
    measured: list[tuple[Connection, float]],
) -> None:
    score = ConnectionScore()
    now = 0.0
    last: Score | None = None
    for one, passed in measured:
        now += passed
        told = score.look(one, now)
        if told is not None:
            assert told != last
            assert told.score in range(1, 6)
            assert (told.reason == "") == (told.score > 3)
            last = told
