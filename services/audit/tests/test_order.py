"""The order of events within their subject: complete, and restored."""

from services.audit.domain.discrepancy import Discrepancy
from services.audit.domain.order import in_order, order_faults
from services.audit.tests.builders import World
from services.audit.tests.logs import HOURS, ids


def test_a_gap_is_named_by_the_events_around_it():
    events = World().study().events
    own = [
        event for event in events if event.published.source == "learning" and event.published.subject == HOURS
    ]
    assert list(order_faults(own)) == []
    lacking = [own[0], *own[2:]]
    message = "The log lacks an event between these two"
    assert list(order_faults(lacking)) == [Discrepancy("event_missing", message, ids(own[0], own[2]))]
    first = "The log lacks the first events of a subject"
    assert list(order_faults(own[1:])) == [Discrepancy("event_missing", first, ids(own[1]))]
    again = [own[0], own[0]]
    assert [fault.code for fault in order_faults(again)] == ["event_missing"]


def test_each_subject_counts_for_itself():
    events = World().study().events
    learning = [event for event in events if event.published.source == "learning"]
    assert len({event.published.subject for event in learning}) == 2  # the course and the study
    assert list(order_faults(learning)) == []


def test_the_order_of_other_services_is_not_learnings():
    events = World().study().events
    checks = [event for event in events if event.published.source == "proctor"]
    assert list(order_faults(checks[1:])) == []


def test_events_of_one_subject_stand_by_their_number_and_others_stay():
    events = World().study().events
    own = [position for position, event in enumerate(events) if event.published.subject == HOURS]
    learning = [position for position in own if events[position].published.source == "learning"]
    first, second = learning[:2]
    shuffled = list(events)
    shuffled[first], shuffled[second] = events[second], events[first]
    assert in_order(shuffled) == events
    assert [event.published.id for event in in_order(shuffled)] == ids(*events)
