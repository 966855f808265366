"""What tests of the recording do again and again."""

from testkit.waiting import eventually


def record_until(recorder, log, position):
    """Rounds until the log has grown to `position`."""

    def has_grown():
        recorder.round(0.5)
        return log.head().position >= position

    eventually(has_grown)


def await_log(log, position):
    """Until another process has written up to `position`."""
    eventually(lambda: log.head().position >= position)


def bodies_of(log):
    """All bodies, in order."""
    return [entry.body for entry in log.read()]


def offsets_of(log):
    """All offsets, in order."""
    return [entry.stream_offset for entry in log.read()]
