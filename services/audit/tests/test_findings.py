"""What the auditor says when something is wrong: code, words, events (R7, R16–R18, R22–R24, R28–R32)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.audit.domain import GENESIS, derive_hours, read_entry, verify_chain
from services.audit.domain.closed import FOREVER, closed_times, milliseconds
from services.audit.domain.discrepancy import Discrepancy
from services.audit.domain.entry import event_id_of
from services.audit.domain.intervals import union
from services.audit.domain.order import in_order, order_faults
from services.audit.domain.playback import Earned, earned_by_report, judge_report, repeated_reports
from services.audit.domain.rules import rule_faults
from services.audit.domain.schedule import moment_of, schedule_faults
from services.audit.domain.wallclock import WallClock
from services.audit.tests.builders import START, World, changed
from shared.events.certificate import HoursAudited
from shared.events.enrollment import LearningOpened
from shared.events.learning import (
    CoursePublished,
    LessonCompleted,
    LessonEntered,
    LessonPaused,
    PlaybackCredited,
    PlaybackRefused,
    StudyCompleted,
)
from shared.events.proctor import (
    FaceCheckFailed,
    FaceCheckPassed,
    FaceCheckRequested,
    IdentityVerified,
    Moment,
    ScheduleDrawn,
    ScheduleRevealed,
)
from shared.events.terms import LessonKind

MILLISECOND = timedelta(milliseconds=1)
HOURS = "enrollment-1"


def found(events):
    return derive_hours(HOURS, events).discrepancies


def nth(events, kind, number=0):
    return [it for it in events if isinstance(it, kind)][number]


def ids(*events):
    return [it.published.id for it in events]


def without(events, kind, number=0):
    dropped = nth(events, kind, number)
    return [it for it in events if it is not dropped]


# ---- conclusions ----


@pytest.mark.parametrize(
    ("kind", "fields", "code", "says", "lesson"),
    [
        (
            LessonCompleted, {"credited_ms": 14_999}, "completed_differs",
            "Published 14999 ms credited, counted 15000 ms", "lesson-c",
        ),
        (
            LessonCompleted, {"kind": LessonKind.ELECTIVE}, "kind_differs", "Not the kind of the course",
            "lesson-c",
        ),
        (
            LessonCompleted, {"check_ids": ["enrollment-1-lesson-c-1-start"]}, "check_missing",
            "Start and unforeseen check are needed (R17)", "lesson-c",
        ),
        (
            StudyCompleted, {"compulsory_ms": 15_001}, "total_differs",
            "Published 15001 ms compulsory, counted 15000 ms", None,
        ),
        (
            StudyCompleted, {"elective_ms": 14_999}, "total_differs",
            "Published 14999 ms elective, counted 15000 ms", None,
        ),
        (
            StudyCompleted, {"lesson_ids": ["lesson-c", "lesson-e", "lesson-x"]}, "lessons_differ",
            "The study names other lessons than were completed", None,
        ),
        (
            PlaybackCredited, {"covered_ms": 2_999}, "covered_differs",
            "Published 2999 ms covered, counted 3000 ms", "lesson-c",
        ),
        (
            PlaybackCredited, {"budget_ms": 3_001}, "budget_over_wall_clock",
            "A budget of 3001 ms, 3000 ms had passed", "lesson-c",
        ),
    ],
)  # fmt: skip
def test_a_contradiction_says_both_sides_and_where_it_is(kind, fields, code, says, lesson):
    events = changed(World().study().events, kind, 0, **fields)
    assert Discrepancy(code, says, ids(nth(events, kind)), lesson) in found(events)


def test_a_changed_conclusion_contradicts_nothing_else():
    events = changed(World().study().events, LessonCompleted, 0, credited_ms=14_999)
    assert [it.code for it in found(events)] == ["completed_differs"]


def test_checks_of_another_lesson_do_not_complete_this_one():
    events = World().study().events
    others = nth(events, LessonCompleted, 1).check_ids
    events = changed(events, LessonCompleted, 0, check_ids=others)
    completed = ids(nth(events, LessonCompleted))
    assert found(events) == [
        Discrepancy("check_unknown", "A named face check was not passed here", completed, "lesson-c"),
        Discrepancy("check_missing", "Start and unforeseen check are needed (R17)", completed, "lesson-c"),
    ]


def test_audited_hours_are_compared_with_those_of_the_study():
    events = changed(World().study().events, HoursAudited, 0, elective_hours=0)
    audited, study = nth(events, HoursAudited), nth(events, StudyCompleted)
    assert found(events) == [Discrepancy("audited_hours_differ", "Counted 1 + 1 hours", ids(audited, study))]


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
    assert [it.says for it in found(events)] == ["Counted 17 + 5 hours"]  # 15 s and 2 s of slack: 17


@pytest.mark.parametrize(
    ("credit", "says"),
    [
        ({"compulsory_ms": 13_000}, []),
        ({"compulsory_ms": 12_999}, ["Counted 0 + 1 hours"]),
        ({"elective_ms": 13_000}, []),
        ({"elective_ms": 12_999}, ["Counted 1 + 0 hours"]),
    ],
)
def test_an_hour_that_lacks_a_millisecond_more_than_the_slack_is_none(credit, says):
    events = changed(World().study().events, StudyCompleted, 0, **credit)
    own = [it for it in events if getattr(it, "enrollment_id", None) == HOURS]
    assert [it.says for it in rule_faults(own, events)] == says


def test_credit_of_an_unfinished_lesson_is_no_part_of_the_study():
    world = World().open()
    world.enter("lesson-c").play(13_000).ask(Moment.UNFORESEEN).answer(Moment.UNFORESEEN).complete()
    events = world.enter("lesson-e").play(3_000).finish().events
    events = changed(events, StudyCompleted, 0, elective_ms=0, lesson_ids=["lesson-c"])
    assert found(changed(events, HoursAudited, 0, elective_hours=0)) == []


def test_an_audit_without_a_study_is_baseless():
    events = World().study().events
    for kind in (StudyCompleted, LearningOpened):
        rest = [it for it in events if not isinstance(it, kind)]
        own = [it for it in rest if getattr(it, "enrollment_id", None) == HOURS]
        faults = list(rule_faults(own, rest))
        says = "Hours were audited without a study in the log"
        assert faults == [Discrepancy("audit_baseless", says, ids(nth(events, HoursAudited)))]


def paused(world, check):
    where = world.where()
    world.publish(LessonPaused(**where, check_id=check), world.enrollment)
    return world


def test_a_pause_needs_a_failed_check():
    world = World().open().enter("lesson-c").play(2_000).ask(Moment.UNFORESEEN).fail(Moment.UNFORESEEN)
    paused(world, world.check(Moment.UNFORESEEN)["check_id"])
    assert found(world.events) == []
    paused(world, "no such check")
    says = "No failed check stands behind it (R18)"
    assert found(world.events) == [Discrepancy("pause_unfounded", says, ids(world.events[-1]), "lesson-c")]


# ---- identity (R16) ----


@pytest.mark.parametrize(("late_ms", "missing"), [(0, False), (1_000, False), (1_001, True)])
def test_an_identity_may_be_verified_a_second_late_by_another_clock(late_ms, missing):
    events = World().study().events
    verified, entered = nth(events, IdentityVerified), nth(events, LessonEntered)
    time = entered.published.time + late_ms * MILLISECOND
    late = replace(verified, meta=replace(verified.published, time=time))
    events = [late if it is verified else it for it in events]
    says = "A lesson was entered before the identity was verified (R16)"
    assert found(events) == ([Discrepancy("identity_missing", says, ids(entered))] if missing else [])


def test_the_identity_of_somebody_else_does_not_count():
    events = changed(World().study().events, IdentityVerified, 0, person_id="person-2")
    assert [it.code for it in found(events)] == ["identity_missing"]


def test_one_of_several_verifications_suffices():
    events = World().study().events
    verified = nth(events, IdentityVerified)
    late = replace(verified.published, time=START + timedelta(days=1), sequence=2, id="f" * 32)
    assert found([*events, replace(verified, meta=late)]) == []


# ---- schedules (R17) ----


def test_a_schedule_is_judged_with_its_promise_and_its_session():
    events = World().study().events
    revealed, drawn = nth(events, ScheduleRevealed), nth(events, ScheduleDrawn)
    entered = nth(events, LessonEntered)
    at = revealed.unforeseen_at_ms
    never = "A seed was revealed that was never promised"
    assert found(without(events, ScheduleDrawn)) == [Discrepancy("schedule_undrawn", never, ids(revealed))]
    own = [it for it in events if it is not entered and getattr(it, "enrollment_id", None) == HOURS]
    assert list(schedule_faults(own)) == [
        Discrepancy("session_unknown", "The log lacks the session of a schedule", ids(revealed))
    ]
    other = changed(events, ScheduleRevealed, 0, unforeseen_at_ms=at + 1)
    says = f"Published the moment {at + 1} ms, the seed gives {at} ms"
    assert found(other) == [Discrepancy("moment_differs", says, ids(entered, revealed))]
    seed = changed(events, ScheduleDrawn, 0, seed_hash="0" * 64)
    differs = "The revealed seed is not the promised one"
    assert found(seed) == [Discrepancy("seed_differs", differs, ids(drawn, revealed))]


KNOWN_SEED = bytes.fromhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")


def an_entry(session="5e55", covered_ms=0, duration_ms=60_000, unforeseen_check_passed=False):
    return LessonEntered(
        enrollment_id=HOURS, person_id="person-1", lesson_id="lesson-c", session_id=session,
        duration_ms=duration_ms, covered_ms=covered_ms, unforeseen_check_passed=unforeseen_check_passed,
        check_deadline_s=60, check_attempts=3, cooldown_s=600,
    )  # fmt: skip


# Made with openssl and bc, by the formula in the module's docstring and without its code, as proctor's.
@pytest.mark.parametrize(
    ("session", "covered_ms", "duration_ms", "moment"),
    [
        ("5e55", 0, 60_000, 51_341),
        ("0123456789abcdef0123456789abcdef", 0, 2_700_000, 1_138_944),
        ("0123456789abcdef0123456789abcdef", 123_456, 2_700_007, 1_210_325),
        ("学时", 57_999, 60_000, 59_016),
        ("学时", 58_000, 60_000, 58_000),
    ],
)
def test_the_known_moments_stay(session, covered_ms, duration_ms, moment):
    assert moment_of(KNOWN_SEED, an_entry(session, covered_ms, duration_ms)) == moment


def test_no_moment_is_drawn_for_a_check_that_was_passed_before():
    assert moment_of(KNOWN_SEED, an_entry(unforeseen_check_passed=True)) is None


# ---- credit (R23) ----


def test_credit_before_the_video_and_behind_it_is_found():
    for change in ({"from_ms": -1}, {"to_ms": 15_001}):
        events = World().study().events
        number = 4 if "to_ms" in change else 0
        events = changed(events, PlaybackCredited, number, **change)
        report = nth(events, PlaybackCredited, number)
        assert Discrepancy("beyond_video", "Credit outside the video", ids(report), "lesson-c") in found(
            events
        )


def test_credit_to_the_very_end_of_the_video_is_inside():
    assert nth(World().study().events, PlaybackCredited, 4).to_ms == 15_000
    assert found(World().study().events) == []


def test_a_lesson_of_unknown_length_is_not_covered():
    world = World().study()
    events = [it for it in world.events if not isinstance(it, CoursePublished)]
    assert found(events) == []  # entering it says how long it is
    rest = [it for it in events if not isinstance(it, LessonEntered)]
    says = "Not all was watched (R24)"
    completed = nth(events, LessonCompleted)
    assert Discrepancy("not_covered", says, ids(completed), "lesson-c") in found(rest)


@pytest.mark.parametrize(("watched_ms", "covered"), [(13_000, True), (12_999, False)])
def test_a_lesson_is_covered_when_at_most_two_seconds_are_missing(watched_ms, covered):
    world = World().open().enter("lesson-c").play(watched_ms)
    world.ask(Moment.UNFORESEEN).answer(Moment.UNFORESEEN).complete()
    assert [it.code for it in found(world.events)] == ([] if covered else ["not_covered"])


def test_credit_that_no_time_pays_for_says_how_much():
    events = changed(World().study().events, PlaybackCredited, 4, from_ms=9_000)
    report = nth(events, PlaybackCredited, 4)
    says = "3000 ms were credited without time to pay for them"
    assert Discrepancy("over_wall_clock", says, ids(report), "lesson-c") in found(events)


def a_report(from_ms=0, to_ms=3_000, budget_ms=3_000):
    events = World().open().enter("lesson-c").play(3_000).events
    return replace(
        nth(events, PlaybackCredited), from_ms=from_ms, to_ms=to_ms, budget_ms=budget_ms
    )  # fmt: skip


@pytest.mark.parametrize(
    ("report", "earned", "codes"),
    [
        (a_report(), Earned((0, 3_000), 3_000, 3_000), []),
        (a_report(), Earned((0, 2_999), 3_000, 2_999), ["check_open"]),
        (a_report(), Earned((0, 2_999), 2_999, 2_999), ["budget_over_wall_clock", "over_wall_clock"]),
        (a_report(), Earned((0, 2_999), 3_000, 3_000), ["over_wall_clock"]),
        (a_report(3_000, 3_000), Earned((3_000, 3_000), 3_000, 0), []),
        (a_report(3_000, 2_999), Earned((3_000, 3_000), 3_000, 3_000), ["report_impossible"]),
    ],
)
def test_a_report_is_judged_by_what_it_earned(report, earned, codes):
    assert [it.code for it in judge_report(report, earned)] == codes
    assert {it.lesson_id for it in judge_report(report, earned)} <= {"lesson-c"}


def test_a_report_that_ends_before_it_starts_says_so():
    (fault,) = judge_report(a_report(3_000, 2_999), Earned((3_000, 3_000), 3_000, 3_000))
    assert (fault.says, len(fault.event_ids)) == ("A report that ends before it starts", 1)


def test_a_repeated_report_names_both():
    events = World().study().events
    report = nth(events, PlaybackCredited)
    again = replace(report, meta=replace(report.published, id="f" * 32))
    says = "A report was counted twice"
    assert list(repeated_reports([report, again])) == [
        Discrepancy("report_repeated", says, ids(report, again), "lesson-c")
    ]
    other = replace(again, session_id="another session")
    assert list(repeated_reports([report, other])) == []


def test_a_refusal_after_the_same_report_is_no_second_credit():
    world = World().open().enter("lesson-c").play(3_000)
    credit = nth(world.events, PlaybackCredited)
    refusal = PlaybackRefused(
        **world.where(), report=credit.report, from_ms=0, to_ms=3_000, received_at=credit.received_at,
        reason="superseded",
    )  # fmt: skip
    assert list(repeated_reports([credit, replace(refusal, meta=credit.meta)])) == []
    assert len(list(repeated_reports([replace(refusal, meta=credit.meta), credit]))) == 1


def test_only_a_credited_report_just_before_leaves_time_and_at_most_two_seconds():
    world = World().open().enter("lesson-c").play(1_000, took=9_000).play(3_000, took=1_000)
    second = nth(world.events, PlaybackCredited, 1)
    assert earned_by_report(world.events)[second.published.id] == Earned((1_000, 4_000), 3_000, 3_000)
    apart = replace(second, anchored_at=second.anchored_at + MILLISECOND)
    events = [apart if it is second else it for it in world.events]
    assert earned_by_report(events)[second.published.id] == Earned((1_000, 1_999), 999, 999)


def test_without_the_terms_of_the_enrolment_no_time_is_carried():
    world = World().open().enter("lesson-c").play(1_000, took=9_000).play(3_000, took=1_000)
    second = nth(world.events, PlaybackCredited, 1)
    earned = earned_by_report(without(world.events, LearningOpened))[second.published.id]
    assert earned == Earned((1_000, 2_000), 1_000, 1_000)


# ---- checks and closed times (R17, R18) ----


def test_times_are_whole_milliseconds_since_1970():
    assert milliseconds(datetime(1970, 1, 1, 0, 0, 1, 999_999, tzinfo=UTC)) == 1_999
    assert milliseconds(datetime(2026, 3, 1, 8, tzinfo=UTC)) == 1_772_352_000_000


def closed(*events):
    return closed_times(events)["enrollment-1-lesson-c-1"]


def test_a_session_is_closed_until_its_start_check_is_passed_and_a_second_is_forgiven():
    world = World().open().enter("lesson-c")
    passed = milliseconds(nth(world.events, FaceCheckPassed).published.time)
    assert closed(*world.events) == [(-FOREVER, passed - 1_000)]


def test_another_check_closes_it_five_seconds_after_it_was_asked_for():
    world = World().open().enter("lesson-c").ask(Moment.UNFORESEEN)
    asked = milliseconds(world.now)
    assert closed(*world.events)[1:] == [(asked + 5_000, FOREVER)]
    world.answer(Moment.UNFORESEEN, after_ms=9_000)
    assert closed(*world.events)[1:] == [(asked + 5_000, asked + 8_000)]


def test_a_failed_check_closes_it_for_good():
    world = World().open().enter("lesson-c").ask(Moment.UNFORESEEN).wait(9_000).fail(Moment.UNFORESEEN)
    asked = milliseconds(nth(world.events, FaceCheckRequested, 1).published.time)
    assert closed(*world.events)[1:] == [(asked + 5_000, FOREVER)]
    failed = milliseconds(nth(world.events, FaceCheckFailed).published.time)
    rest = without(world.events, FaceCheckRequested, 1)
    assert closed(*rest)[1:] == [(failed + 5_000, FOREVER)]


def test_a_session_without_a_start_check_is_closed_throughout():
    world = World().open().enter("lesson-c", start_check=False).ask(Moment.UNFORESEEN)
    assert closed(*world.events)[1:] == [(-FOREVER, FOREVER)]


def test_the_checks_of_one_session_do_not_open_another():
    world = World().open().enter("lesson-c").enter("lesson-e", start_check=False).ask(Moment.UNFORESEEN)
    times = closed_times(world.events)
    assert len(times["enrollment-1-lesson-c-1"]) == 1
    assert times["enrollment-1-lesson-e-1"][1:] == [(-FOREVER, FOREVER)]


# ---- order ----


def test_a_gap_is_named_by_the_events_around_it():
    events = World().study().events
    own = [it for it in events if it.published.source == "learning" and it.published.subject == HOURS]
    assert list(order_faults(own)) == []
    lacking = [own[0], *own[2:]]
    says = "The log lacks an event between these two"
    assert list(order_faults(lacking)) == [Discrepancy("event_missing", says, ids(own[0], own[2]))]
    first = "The log lacks the first events of a subject"
    assert list(order_faults(own[1:])) == [Discrepancy("event_missing", first, ids(own[1]))]
    again = [own[0], own[0]]
    assert [it.code for it in order_faults(again)] == ["event_missing"]


def test_each_subject_counts_for_itself():
    events = World().study().events
    learning = [it for it in events if it.published.source == "learning"]
    assert len({it.published.subject for it in learning}) == 2  # the course and the study
    assert list(order_faults(learning)) == []


def test_the_order_of_other_services_is_not_learnings():
    events = World().study().events
    checks = [it for it in events if it.published.source == "proctor"]
    assert list(order_faults(checks[1:])) == []


def test_events_of_one_subject_stand_by_their_number_and_others_stay():
    events = World().study().events
    own = [place for place, it in enumerate(events) if it.published.subject == HOURS]
    learning = [place for place in own if events[place].published.source == "learning"]
    first, second = learning[:2]
    shuffled = list(events)
    shuffled[first], shuffled[second] = events[second], events[first]
    assert in_order(shuffled) == events
    assert [it.published.id for it in in_order(shuffled)] == ids(*events)


# ---- hours ----


def test_what_is_derived_says_whose_hours_and_by_which_terms():
    hours = derive_hours(HOURS, World().study().events)
    assert (hours.enrollment_id, hours.person_id, hours.hour_seconds, hours.slack_ms) == (
        HOURS, "person-1", 15, 2_000,
    )  # fmt: skip
    lesson = hours.lessons["lesson-e"]
    assert (lesson.lesson_id, lesson.kind, lesson.duration_ms) == ("lesson-e", LessonKind.ELECTIVE, 15_000)
    assert (lesson.completed, lesson.credited_ms, hours.match) == (True, 15_000, True)


def test_totals_are_by_kind_and_may_leave_out_what_is_not_complete():
    hours = derive_hours(HOURS, World().open().enter("lesson-c").play(3_000).events)
    totals = {
        (kind, only): hours.total_ms(kind, completed_only=only)
        for kind in LessonKind
        for only in (False, True)
    }
    compulsory, elective = LessonKind.COMPULSORY, LessonKind.ELECTIVE
    assert totals == {
        (compulsory, False): 3_000, (compulsory, True): 0, (elective, False): 0, (elective, True): 0,
    }  # fmt: skip
    assert hours.total_ms(compulsory) == 3_000


def test_the_course_says_how_long_a_lesson_is_before_anybody_enters_it():
    hours = derive_hours(HOURS, World().open().events)
    assert {it.duration_ms for it in hours.lessons.values()} == {15_000}


def test_empty_intervals_hold_nothing():
    assert union([(3, 3), (5, 4)]) == []


def test_refused_reports_are_counted():
    world = World().open().enter("lesson-c").play(9_000, took=1_000).play(9_000, took=1_000)
    assert derive_hours(HOURS, world.events).refused_reports == 2


def test_another_course_of_the_organisation_lends_no_lessons():
    events = World().study().events
    course = nth(events, CoursePublished)
    meta = replace(course.published, subject="course-2", id="e" * 32)
    other = replace(
        course, course_id="course-2", lessons=[replace(course.lessons[0], lesson_id="x")], meta=meta
    )
    assert "x" not in derive_hours(HOURS, [other, *events]).lessons


def test_without_its_opening_an_enrolment_has_no_terms():
    hours = derive_hours(HOURS, without(World().study().events, LearningOpened))
    assert (hours.person_id, hours.hour_seconds, hours.slack_ms) == (None, None, 0)
    assert {it.code for it in hours.discrepancies} == {"audit_baseless"}


def test_a_discrepancy_makes_the_hours_not_match():
    assert not derive_hours(HOURS, without(World().study().events, IdentityVerified)).match


# ---- the wall clock (R23) ----


def test_time_is_spent_from_its_beginning_and_once():
    clock = WallClock()
    assert clock.unspent(0, 10) == (0, 10)
    assert clock.pay(0, 10, 4, []) == 4
    assert clock.unspent(0, 10) == (4, 10)
    assert clock.pay(0, 10, 9, [(5, 7)]) == 4  # 4, 7, 8, 9
    assert clock.unspent(0, 12) == (10, 12)
    assert clock.unspent(0, 9) == (10, 10)
    assert clock.pay(0, 12, 0, []) == 0
    assert clock.unspent(0, 12) == (10, 12)
    assert clock.unspent(11, 12) == (11, 12)


# ---- entries and the chain (R31, R32) ----


BODY = (
    '{"id":"e1","type":"payment.fee.confirmed.v1","source":"payment","subject":"s1","sequence":"0000000007",'
    '"time":"2026-03-01T16:00:00.900100+08:00",'
    '"traceparent":"00-' + "a" * 32 + "-" + "b" * 16 + '-01",'
    '"data":{"enrollment_id":"enrollment-1","person_id":"person-1"}}'
).encode()


def test_an_entry_shows_what_its_body_says():
    entry = read_entry(7, 42, BODY, GENESIS.hash)
    assert (entry.position, entry.stream_offset, entry.body) == (7, 42, BODY)
    assert (entry.event_id, entry.type, entry.source) == ("e1", "payment.fee.confirmed.v1", "payment")
    assert (entry.subject, entry.sequence, entry.trace_id) == ("s1", 7, "a" * 32)
    assert entry.time == datetime(2026, 3, 1, 8, 0, 0, 900_000, tzinfo=UTC)
    assert entry.time.tzinfo is UTC
    assert (entry.enrollment_id, entry.person_id) == ("enrollment-1", "person-1")
    assert entry.previous_hash == GENESIS.hash
    assert entry.envelope()["id"] == event_id_of(BODY) == "e1"


# printf '%s' no | sha256sum
UNREADABLE = "unreadable-9390298f3fb0c5b160498935d79cb139aef28e1c47358b4bbba61862b9c26e59"


def test_a_body_that_is_no_envelope_is_an_entry_without_columns():
    entry = read_entry(1, 0, b"no", GENESIS.hash)
    assert entry.event_id == event_id_of(b"no") == UNREADABLE
    assert (entry.type, entry.source, entry.subject, entry.sequence) == (None, None, None, None)
    assert (entry.time, entry.trace_id, entry.enrollment_id, entry.person_id) == (None, None, None, None)
    assert entry.envelope() == "no"


def test_a_body_that_is_no_text_can_still_be_shown():
    assert read_entry(1, 0, b"\xff!", GENESIS.hash).envelope() == "�!"


def column(name, value):
    """How the entry shows an attribute whose value is this JSON."""
    return getattr(read_entry(1, 0, f'{{"{name}":{value}}}'.encode(), GENESIS.hash), name)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("type", '"t"', "t"),
        ("type", '"' + "t" * 200 + '"', "t" * 200),
        ("type", '"' + "t" * 201 + '"', None),
        ("type", '""', None),
        ("type", '"a\\u0000b"', None),
        ("type", '"\\ud800"', "?"),
        ("type", "1", None),
        ("sequence", '"0"', 0),
        ("sequence", '"999999999999999999"', 999_999_999_999_999_999),
        ("sequence", '"1000000000000000000"', None),
        ("sequence", '"-1"', None),
        ("sequence", "1", None),
        ("time", '"2026-03-01T08:00:00Z"', datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("time", '"no time"', None),
        ("time", '"0001-01-01T00:00:00+14:00"', None),
        ("time", "1", None),
    ],
)
def test_a_column_holds_what_the_database_can_store(name, value, shown):
    assert column(name, value) == shown


@pytest.mark.parametrize("trace", ['"00-abc-01"', "1", '"x00-' + "a" * 32 + "-" + "b" * 16 + '-01"'])
def test_what_is_no_trace_is_none(trace):
    entry = read_entry(1, 0, f'{{"traceparent":{trace}}}'.encode(), GENESIS.hash)
    assert entry.trace_id is None


def a_chain(count=4):
    entries, last = [], GENESIS.hash
    for position in range(1, count + 1):
        entries.append(read_entry(position, position + 10, b'{"id":"%d"}' % position, last))
        last = entries[-1].hash
    return entries


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"position": 3}, "position"),
        ({"stream_offset": 11}, "stream_offset"),
        ({"previous_hash": "0" * 64}, "link"),
        ({"body": b"{}"}, "hash"),
        ({"hash": "0" * 64}, "hash"),
        ({"person_id": "somebody"}, "columns"),
    ],
)
def test_a_broken_chain_says_where_and_why(change, reason):
    entries = a_chain()
    entries[1] = replace(entries[1], **change)
    report = verify_chain(entries)
    assert (report.verified, report.reason) == (False, reason)
    assert report.broken_at == entries[1].position
    assert (report.head.position, report.head.hash) == (1, entries[0].hash)
    assert report.head.stream_offset == 11


def test_an_empty_chain_ends_where_it_began():
    report = verify_chain([])
    assert (report.verified, report.head, report.broken_at, report.reason) == (True, GENESIS, None, None)
    assert (GENESIS.position, GENESIS.stream_offset) == (0, -1)


def test_the_first_entry_of_a_stream_has_offset_zero():
    assert verify_chain([read_entry(1, 0, b"{}", GENESIS.hash)]).verified
