from app.infrastructure.database.connection_line import ConnectionLine
from tests.support.clock import Clock

SIZE, WAIT_SECONDS = 4, 1.0


class RecordingLine(ConnectionLine):
    def __init__(self) -> None:
        self.clock = Clock()
        self.waits: list[float] = []
        super().__init__(size=SIZE, clock=self.clock, record_wait=self.waits.append)

    def use(self, seconds: float, *, times: int = 100) -> None:
        for _ in range(times):
            self.record_use(seconds)

    def fill(self) -> int:
        """Join until the line is full; returns how many have joined."""
        count = 0
        while not self.is_full(WAIT_SECONDS):
            self.join()
            count += 1
        return count


def test_as_many_may_wait_as_get_a_connection_in_time() -> None:
    for seconds, places in ((0.01, 400), (0.1, 40), (2.0, 2)):
        line = RecordingLine()
        line.use(seconds)
        assert abs(line.fill() - places) <= 1


def test_the_line_is_short_while_no_connection_is_returned() -> None:
    line = RecordingLine()
    line.use(0.01)
    for _ in range(5):
        line.join()
    assert not line.is_full(WAIT_SECONDS)
    line.clock.now += WAIT_SECONDS
    assert line.is_full(WAIT_SECONDS)


def test_a_pause_without_requests_does_not_count() -> None:
    line = RecordingLine()
    line.use(0.01)
    line.clock.now += 3600
    line.join()
    assert not line.is_full(WAIT_SECONDS)


def test_those_who_leave_make_room() -> None:
    line = RecordingLine()
    line.use(0.1)
    joined = line.join()
    line.fill()
    for _ in range(3):
        line.leave(joined)
    assert not line.is_full(WAIT_SECONDS)


def test_only_the_wait_beyond_a_part_of_the_usual_use_is_reported() -> None:
    line = RecordingLine()
    line.use(0.4)
    for wait in (0.05, 0.5):
        joined = line.join()
        line.clock.now += wait
        line.leave(joined)
    assert line.waits[0] == 0
    assert abs(line.waits[1] - 0.4) < 0.01


def test_a_free_connection_after_waits_shows_that_there_is_no_standing_queue() -> None:
    line = RecordingLine()
    line.pass_by()
    assert line.waits == []
    line.leave(line.join())
    line.waits.clear()
    line.pass_by()
    line.pass_by()
    assert line.waits == [0.0]
