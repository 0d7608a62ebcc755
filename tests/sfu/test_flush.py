from dataclasses import dataclass, field

from sfu.flush import FlushSchedule


@dataclass(eq=False)
class Box:
    """Notes when it was flushed; a layer puts something into an outbox then."""

    name: str
    log: list[tuple[str, float]]
    schedule: FlushSchedule | None = None
    outbox: "Box | None" = field(default=None)

    def flush(self, now: float) -> None:
        self.log.append((self.name, now))
        if self.schedule is not None and self.outbox is not None:
            self.schedule.outboxes.append(self.outbox)


def test_layers_leave_before_outboxes_of_the_same_turn() -> None:
    log: list[tuple[str, float]] = []
    schedule = FlushSchedule()
    outbox = Box("outbox", log)
    schedule.layers.append(Box("layer", log, schedule, outbox))
    schedule.flush(1.0)
    schedule.flush(2.0)
    assert log == [("layer", 1.0), ("outbox", 1.0)]


def test_held_layer_waits_until_its_time_and_no_longer() -> None:
    log: list[tuple[str, float]] = []
    schedule = FlushSchedule(hold_s=0.003)
    layer = Box("layer", log)
    schedule.hold(layer, 1.0)
    schedule.hold(layer, 1.002)
    assert schedule.next_timeout() == 1.003
    schedule.flush(1.0029)
    assert log == []
    schedule.flush(1.003)
    assert log == [("layer", 1.003)]
    assert schedule.next_timeout() is None


def test_released_layer_leaves_at_the_end_of_the_turn() -> None:
    log: list[tuple[str, float]] = []
    schedule = FlushSchedule()
    layer = Box("layer", log)
    schedule.hold(layer, 1.0)
    schedule.release(layer)
    assert log == []
    schedule.flush(1.001)
    schedule.flush(1.01)
    assert log == [("layer", 1.001)]


def test_releasing_what_is_not_held_does_nothing() -> None:
    log: list[tuple[str, float]] = []
    schedule = FlushSchedule()
    schedule.release(Box("layer", log))
    schedule.flush(1.0)
    assert log == []


def test_first_of_several_held_layers_sets_the_timer() -> None:
    schedule = FlushSchedule(hold_s=0.003)
    log: list[tuple[str, float]] = []
    first, second = Box("first", log), Box("second", log)
    schedule.hold(first, 1.0)
    schedule.hold(second, 1.001)
    assert schedule.next_timeout() == 1.003
    schedule.release(first)
    assert schedule.next_timeout() == 1.001 + 0.003
