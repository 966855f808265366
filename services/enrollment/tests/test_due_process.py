"""Cases from the events to their end, on the real MongoDB (R26)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from secrets import token_hex

import pytest

from services.enrollment.application import cases as use_cases
from services.enrollment.application import conduct
from services.enrollment.application.cases import CaseDecisions
from services.enrollment.domain import Status
from services.enrollment.domain.case import CaseStatus
from services.enrollment.domain.case_errors import CaseImpossible
from services.enrollment.domain.cheating import CheatingPolicy
from services.enrollment.domain.conduct import id_of
from services.enrollment.storage import Cases, Conducts, Enrollments
from services.enrollment.tests.builders import NOW, a_studying_enrollment, an_enrollment, published
from services.enrollment.tests.conduct import batch
from shared.domain.errors import NotFound
from shared.domain.principal import Principal
from shared.events.enrollment import BlacklistEntryExpired, CaseOpened, EnrollmentSuspended
from shared.events.envelope import decode
from shared.events.terms import Role

pytestmark = pytest.mark.usefixtures("database")
POLICY = CheatingPolicy()
DAY = timedelta(days=1)
conducts, cases, enrollments = Conducts(), Cases(), Enrollments()
FIRST, OTHER = (Principal(account_id=f"province-{n}", role=Role.PROVINCE) for n in (1, 2))
KEYRING = None  # no statement is sealed here
decisions = CaseDecisions(cases=cases, keyring=KEYRING, policy=POLICY)


@pytest.fixture
def studying():
    enrollment = a_studying_enrollment(id=token_hex(8), person_id=token_hex(8))
    return enrollments.add(enrollment)


def recorded(repository, id, event_class):
    """Events of a class that were recorded and not been sent yet, as others receive them."""
    entries = repository.rows.find_one({"_id": id})["outbox"]
    return [decode(entry["body"].encode()) for entry in entries if entry["type"] == event_class.TYPE]


def cheat(enrollment, first_day=0):
    for day in range(first_day, first_day + 3):
        event = batch(
            {"seek_ahead": 20}, session=f"s{day}", enrollment_id=enrollment.id, person_id=enrollment.person_id
        )
        conduct.note(conducts, published(event, token_hex(8), time=NOW + day * DAY), POLICY)
    return recorded(conducts, id_of(enrollment.id), CaseOpened)


@pytest.fixture
def case(studying):
    [opened] = cheat(studying)
    use_cases.open_case(cases, enrollments, opened, NOW + 3 * DAY)
    return cases.get(opened.case_id)


def newest_event(id):
    return decode(cases.rows.find_one({"_id": id})["outbox"][-1]["body"].encode())


def status_of(enrollment):
    return enrollments.get(enrollment.id).status


def test_cheating_in_three_sessions_opens_a_case_and_suspends(studying, case):
    assert status_of(studying) is Status.SUSPENDED
    assert (case.status, case.person_id, len(case.facts)) == (CaseStatus.OPEN, studying.person_id, 3)


def test_honest_records_are_not_even_written(studying):
    event = batch({"out_of_order": 9, "check_pending": 4}, enrollment_id=studying.id, person_id="p")
    conduct.note(conducts, published(event, token_hex(8)), POLICY)
    with pytest.raises(NotFound):
        conducts.get(id_of(studying.id))


def test_a_record_that_comes_again_counts_once(studying):
    event = batch({"seek_ahead": 20}, enrollment_id=studying.id, person_id=studying.person_id)
    again = published(event, token_hex(8))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: conduct.note(Conducts(), again, POLICY), range(8)))
    [notes] = conducts.get(id_of(studying.id)).sessions.values()
    assert notes.counts == {"seek_ahead": 20}


def test_a_case_is_opened_once_however_often_its_event_comes(studying, case):
    [opened] = recorded(conducts, id_of(studying.id), CaseOpened)
    for _ in range(3):
        use_cases.open_case(cases, enrollments, opened, NOW + 4 * DAY)
    assert len(recorded(enrollments, studying.id, EnrollmentSuspended)) == 1


def test_a_process_that_dies_between_suspending_and_the_case_leaves_it_to_the_next(studying):
    [opened] = cheat(studying)
    enrollments.update(studying.id, lambda e: e.suspend(opened.case_id, NOW), because=opened)  # and dies
    use_cases.open_case(cases, enrollments, opened, NOW + 3 * DAY)
    assert cases.get(opened.case_id).status is CaseStatus.OPEN
    assert len(recorded(enrollments, studying.id, EnrollmentSuspended)) == 1


def test_a_dismissed_case_lets_the_learner_go_on_and_is_not_opened_again(studying, case):
    decisions.dismiss(case.id, FIRST, "网络故障", NOW + 4 * DAY)
    dismissed = newest_event(case.id)
    use_cases.resume(enrollments, dismissed, NOW + 4 * DAY)
    dismissed = replace(dismissed, meta=replace(dismissed.published, time=NOW + 4 * DAY))
    conduct.settle(conducts, dismissed)
    assert status_of(studying) is Status.ACTIVE
    assert conducts.get(id_of(studying.id)).sessions == {}
    opened = cheat(studying, first_day=5)
    assert [event.case_id[-2:] for event in opened] == ["-1", "-2"]


def test_whoever_is_confirmed_is_on_the_blacklist_until_the_end(studying, case):
    decisions.confirm(case.id, FIRST, "拖动进度条", 6, NOW + 4 * DAY)
    use_cases.bar(enrollments, newest_event(case.id), NOW + 4 * DAY)
    assert status_of(studying) is Status.BARRED
    until = cases.barred_until(studying.person_id, NOW + 5 * DAY)
    assert until == cases.get(case.id).barred_until
    assert cases.barred_until(studying.person_id, until) is None
    assert cases.barred_until("somebody else", NOW) is None
    assert case.id in {entry.id for entry in cases.in_force(1, NOW + 5 * DAY)}


def test_an_appeal_that_was_won_lifts_the_entry_and_restores_the_enrolment(studying, case):
    decisions.confirm(case.id, FIRST, "拖动进度条", 6, NOW + 4 * DAY)
    confirmed = newest_event(case.id)
    cases.update(case.id, lambda case: case.appeal("sealed", NOW + 5 * DAY, POLICY))
    decisions.decide_appeal(case.id, OTHER, won=True, reason="复查", now=NOW + 6 * DAY)
    won = newest_event(case.id)
    before = enrollments.get(studying.id).closes_at
    use_cases.resume(enrollments, won, NOW + 6 * DAY)  # overtakes
    use_cases.bar(enrollments, confirmed, NOW + 6 * DAY)
    found = enrollments.get(studying.id)
    assert (found.status, found.closes_at) == (Status.ACTIVE, before + 3 * DAY)
    assert cases.barred_until(studying.person_id, NOW + 7 * DAY) is None


def test_an_appeal_that_was_lost_changes_nothing(studying, case):
    decisions.confirm(case.id, FIRST, "拖动进度条", 6, NOW + 4 * DAY)
    use_cases.bar(enrollments, newest_event(case.id), NOW + 4 * DAY)
    cases.update(case.id, lambda case: case.appeal("sealed", NOW + 5 * DAY, POLICY))
    decisions.decide_appeal(case.id, OTHER, won=False, reason="复查", now=NOW + 6 * DAY)
    use_cases.resume(enrollments, newest_event(case.id), NOW + 6 * DAY)
    assert status_of(studying) is Status.BARRED
    assert cases.barred_until(studying.person_id, NOW + 7 * DAY) is not None


def test_an_appeal_won_after_a_newer_declaration_restores_the_enrolment_beside_it(studying, case):
    decisions.confirm(case.id, FIRST, "拖动进度条", 6, NOW + 4 * DAY)
    use_cases.bar(enrollments, newest_event(case.id), NOW + 4 * DAY)
    newer = enrollments.add(an_enrollment(id=token_hex(8), person_id=studying.person_id))
    cases.update(case.id, lambda case: case.appeal("sealed", NOW + 5 * DAY, POLICY))
    decisions.decide_appeal(case.id, OTHER, won=True, reason="复查", now=NOW + 6 * DAY)
    use_cases.resume(enrollments, newest_event(case.id), NOW + 6 * DAY)
    assert (status_of(studying), status_of(newer)) == (Status.ACTIVE, Status.SUBMITTED)


def test_entries_expire_by_time_and_say_so_once(studying, case):
    decisions.confirm(case.id, FIRST, "拖动进度条", 6, NOW + 4 * DAY)
    until = cases.get(case.id).barred_until
    for now in (until - DAY, until, until + DAY):
        use_cases.expire_entries(cases, now)
    assert len(recorded(cases, case.id, BlacklistEntryExpired)) == 1
    assert cases.get(case.id).expired_at == until


def test_two_officers_at_once_decide_it_once(case):
    def decide(number):
        officer = Principal(account_id=f"officer-{number}", role=Role.PROVINCE)
        try:
            if number % 2:
                return decisions.dismiss(case.id, officer, "没有", NOW + 4 * DAY)
            return decisions.confirm(case.id, officer, "有", 6, NOW + 4 * DAY)
        except CaseImpossible:
            return None

    with ThreadPoolExecutor(6) as pool:
        decided = [done for done in pool.map(decide, range(6)) if done]
    assert len(decided) == 1
    assert len(_outbox(case.id)) == 1


def _outbox(id):
    return cases.rows.find_one({"_id": id})["outbox"]


@pytest.mark.parametrize("principal", [
    Principal(account_id="a", role=Role.LEARNER, person_id="person-1"),
    Principal(account_id="a", role=Role.ORGANISATION, organisation="武汉造价协会"),
    Principal(account_id="a", role=Role.OPERATOR),
    Principal(account_id="a", role=Role.AUDITOR),
])  # fmt: skip
def test_for_anybody_but_the_province_there_is_no_case_to_decide(case, principal):
    for decide in (
        lambda: decisions.dismiss(case.id, principal, "没有", NOW),
        lambda: decisions.confirm(case.id, principal, "有", 6, NOW),
        lambda: decisions.decide_appeal(case.id, principal, won=True, reason="复查", now=NOW),
    ):
        with pytest.raises(NotFound):
            decide()
    assert cases.get(case.id) == case


def test_overdue_cases_are_found(case):
    assert case.id in {found.id for found in cases.search(1, status=None, overdue_at=NOW + 365 * DAY)}
    assert case.id not in {found.id for found in cases.search(1, status=None, overdue_at=NOW)}
    assert cases.search(1, status=CaseStatus.DISMISSED, overdue_at=NOW + 365 * DAY) == []
