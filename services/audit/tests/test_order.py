"""The order of events within their subject: complete, and restored (R31)."""

from hypothesis import given
from hypothesis import strategies as st

from services.audit.domain.order import in_order
from services.audit.tests.builders import World
from services.audit.tests.logs import HOUR, codes_in, faults_in, ids, moved, nth, swapped
from shared.events.enrollment import EnrollmentAdvanced
from shared.events.learning import PlaybackRecorded
from shared.events.proctor import FaceCheckRequested


def test_a_gap_is_named_by_the_events_around_it():
    events = World().study().events
    batch = nth(events, PlaybackRecorded)
    session = [
        e for e in events if e.published.subject == batch.session_id and e.published.source == "learning"
    ]
    before, after = (session[session.index(batch) + step] for step in (-1, 1))
    found = [
        fault for fault in faults_in([e for e in events if e is not batch]) if fault.code == "log.gapless"
    ]
    assert [fault.event_ids for fault in found] == [ids(before, after)]


def test_every_service_counts_what_it_publishes():
    events = World().study().events
    for kind in (FaceCheckRequested, EnrollmentAdvanced):
        assert "log.gapless" in codes_in([event for event in events if event is not nth(events, kind)])


def test_an_event_that_is_older_than_one_before_it_is_found():
    events = World().study().events
    asked = nth(events, FaceCheckRequested)
    assert "log.order" in codes_in(swapped(events, asked, moved(asked, -HOUR)))


def test_events_of_one_subject_stand_by_their_number_and_others_stay():
    events = World().study().events
    first, second = (nth(events, EnrollmentAdvanced, number) for number in (0, 1))
    shuffled = [second if e is first else first if e is second else e for e in events]
    assert in_order(shuffled) == events
    assert [event.published.id for event in in_order(shuffled)] == ids(*events)


@given(st.data())
def test_the_order_within_a_subject_is_restored_whatever_it_was(data):
    events = World().study().events
    subject = data.draw(st.sampled_from([event.published.subject for event in events]))
    places = [place for place, event in enumerate(events) if event.published.subject == subject]
    shuffled = list(events)
    for place, other in zip(places, data.draw(st.permutations(places)), strict=True):
        shuffled[place] = events[other]
    assert codes_in(shuffled) == set()
