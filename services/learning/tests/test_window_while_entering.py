"""The study window is extended between the two writes of entering (R9); on real MongoDB."""

from dataclasses import replace
from datetime import timedelta

from services.learning.application.playback import Entry
from services.learning.domain import PlaySession
from services.learning.storage import PlaySessions, Studies
from services.learning.tests.conftest import Desk

HOUR = timedelta(hours=1)


class LateSessions(PlaySessions):
    """The extension arrives after the study was read, and before the session is there."""

    def add(self, aggregate: PlaySession, **more) -> PlaySession:
        closes_at = aggregate.closes_at + HOUR
        Studies().update(aggregate.enrollment_id, lambda study: study.extend_window(closes_at))
        return super().add(aggregate, **more)


def test_a_session_that_begins_while_the_window_is_extended_has_the_new_end(verified: Desk):
    playback = replace(verified.runtime.playback, sessions=LateSessions())
    entry = Entry(
        person_id=verified.person,
        login_id="login",
        enrollment_id=verified.study.id,
        lesson_id="common",
        take_over=False,
    )
    session = playback.enter(entry, verified.now)
    assert session.closes_at == verified.study.closes_at + HOUR
    assert PlaySessions().get(session.id).closes_at == session.closes_at
