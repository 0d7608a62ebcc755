import pytest

from loadtests.node_process import CpuTime, NodeFailed, NodeProcess, read_cpu_time, read_resident_mb

STAT = "42 (a (b) c) S 1 42 42 0 -1 4194560 100 0 0 0 250 75 3 4 20 0 1 0 5000 1000 200"


def test_cpu_time_is_read_behind_a_name_with_spaces_and_brackets() -> None:
    assert read_cpu_time(STAT, 100) == CpuTime(2.5, 0.75)


def test_cpu_time_of_a_window_is_the_difference() -> None:
    assert CpuTime(2.5, 0.75).since(CpuTime(2.0, 0.5)) == CpuTime(0.5, 0.25)


@pytest.mark.parametrize(
    ("status", "expected"),
    [("Name:\tx\nVmPeak:\t 9 kB\nVmRSS:\t   2048 kB\nThreads:\t1\n", 2.0), ("Name:\tx\n", 0.0)],
)
def test_resident_memory_is_in_mebibytes(status: str, expected: float) -> None:
    assert read_resident_mb(status) == expected


async def test_a_node_starts_answers_and_ends() -> None:
    async with NodeProcess() as node:
        assert node.url.startswith("http://127.0.0.1:")
        assert node.resident_mb() > 10
        assert node.cpu_time().user_s > 0


async def test_a_node_that_cannot_start_says_why() -> None:
    with pytest.raises(NodeFailed, match=r"SFUMATO_MEDIA__FLUSH_MS|flush_ms"):
        async with NodeProcess({"SFUMATO_MEDIA__FLUSH_MS": "lots"}):
            pass
