"""Audited hours against those of the study, by the plan (R7, R24, R28)."""

from dataclasses import replace

import pytest

from services.audit.domain import derive_hours
from services.audit.domain.discrepancy import Discrepancy
from services.audit.domain.rules import rule_faults
from services.audit.tests.builders import World, changed
from services.audit.tests.logs import HOURS, faults_in, ids, nth, own_events
from shared.events.certificate import HoursAudited
from shared.events.enrollment import LearningOpened
from shared.events.learning import StudyCompleted
from shared.events.proctor import Moment


def test_audited_hours_are_compared_with_those_of_the_study():
    events = changed(World().study().events, HoursAudited, 0, elective_hours=0)
    audited, study = nth(events, HoursAudited), nth(events, StudyCompleted)
    assert faults_in(events) == [
        Discrepancy("audited_hours_differ", "Counted 1 + 1 hours", ids(audited, study))
    ]


@pytest.mark.parametrize(
    ("policy", "due"), [({"hour_seconds": 5}, (1, 1)), ({"compulsory_hours": 3}, (1, 1))]
)
def test_no_more_hours_are_audited_than_the_plan_asks_for(policy, due):
    events = World().study().events
    opened = nth(events, LearningOpened)
    events = changed(events, LearningOpened, 0, policy=replace(opened.policy, **policy))
    hours = derive_hours(HOURS, events)
    assert hours.discrepancies == []
    audited = nth(events, HoursAudited)
    assert (audited.compulsory_hours, audited.elective_hours) == due


def test_hours_are_counted_by_kind_with_the_slack_of_each_completed_lesson():
    events = World().study().events
    opened = nth(events, LearningOpened)
    policy = replace(opened.policy, hour_seconds=1, compulsory_hours=99, elective_hours=5)
    events = changed(events, LearningOpened, 0, policy=policy)
    assert [fault.message for fault in faults_in(events)] == [
        "Counted 17 + 5 hours"
    ]  # 15 s and 2 s of slack: 17


@pytest.mark.parametrize(
    ("credit", "message"),
    [
        ({"compulsory_ms": 13_000}, []),
        ({"compulsory_ms": 12_999}, ["Counted 0 + 1 hours"]),
        ({"elective_ms": 13_000}, []),
        ({"elective_ms": 12_999}, ["Counted 1 + 0 hours"]),
    ],
)
def test_an_hour_that_lacks_a_millisecond_more_than_the_slack_is_none(credit, message):
    events = changed(World().study().events, StudyCompleted, 0, **credit)
    own = own_events(events)
    assert [fault.message for fault in rule_faults(own, events)] == message


def test_credit_of_an_unfinished_lesson_is_no_part_of_the_study():
    world = World().open()
    world.enter("lesson-c").play(13_000).ask(Moment.UNFORESEEN).answer(Moment.UNFORESEEN).complete()
    events = world.enter("lesson-e").play(3_000).finish().events
    events = changed(events, StudyCompleted, 0, elective_ms=0, lesson_ids=["lesson-c"])
    assert faults_in(changed(events, HoursAudited, 0, elective_hours=0)) == []


def test_an_audit_without_a_study_is_baseless():
    events = World().study().events
    for kind in (StudyCompleted, LearningOpened):
        rest = [event for event in events if not isinstance(event, kind)]
        own = own_events(rest)
        faults = list(rule_faults(own, rest))
        message = "Hours were audited without a study in the log"
        assert faults == [Discrepancy("audit_baseless", message, ids(nth(events, HoursAudited)))]
