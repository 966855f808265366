"""The study window is extended, never shortened (R9)."""

from datetime import timedelta

from services.learning.tests.builders import NOON, a_study

HOUR = timedelta(hours=1)


def test_an_extended_window_closes_later_and_never_earlier_again():
    study = a_study()
    closes_at = study.closes_at
    study.extend_window(closes_at + HOUR)
    study.extend_window(closes_at)  # an older extension that comes late
    assert study.closes_at == closes_at + HOUR
    assert study.closes_at > NOON
