"""Outages are noticed, recorded, and told to each open window exactly once (R9)."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from secrets import token_hex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrollment.adapters.health import HealthProbe
from services.enrollment.application import outages as use_cases
from services.enrollment.application.outages import OutageForm
from services.enrollment.domain import Status
from services.enrollment.domain.errors import OutageOver, OutageTimesInvalid
from services.enrollment.domain.health_watch import Downtime, HealthWatch, WatchLimits
from services.enrollment.domain.outage import SETTLING, Outage
from services.enrollment.storage import Enrollments, HealthWatches, Outages
from services.enrollment.tests.builders import NOW, a_studying_enrollment
from shared.domain.principal import Principal
from shared.events.enrollment import OutageBegan, OutageRecorded, OutageSource, WindowExtended
from shared.events.terms import Role

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
MONTH = timedelta(days=30)
LIMITS = WatchLimits(shortest=30 * SECOND, gap=60 * SECOND)
OPERATOR = Principal(account_id="operator-1", role=Role.OPERATOR)


def an_outage(**changes):
    return Outage(
        **{
            "id": "outage-1",
            "source": OutageSource.OPERATOR,
            "component": "learning",
            "reason": "断电",
            "began_at": NOW - HOUR,
            **changes,
        }
    )


# ---- an outage (pure) ----


def test_an_outage_is_recorded_with_its_times_and_its_source():
    outage = an_outage(recorded_by="operator-1")
    outage.begin(NOW, within=MONTH)
    outage.end(NOW, NOW, "operator-2")
    facts = {"outage_id": "outage-1", "began_at": NOW - HOUR, "source": OutageSource.OPERATOR}
    facts |= {"component": "learning", "reason": "断电"}
    assert outage.events == [
        OutageBegan(**facts, recorded_by="operator-1"),
        OutageRecorded(**facts, ended_at=NOW, recorded_by="operator-2"),
    ]


@pytest.mark.parametrize("began_at", [NOW + SECOND, NOW - MONTH - SECOND])
def test_an_outage_began_in_the_past_and_not_too_long_ago(began_at):
    outage = an_outage(began_at=began_at)
    with pytest.raises(OutageTimesInvalid):
        outage.begin(NOW, within=MONTH)
    assert outage.events == []


@pytest.mark.parametrize("ended_at", [NOW + SECOND, NOW - HOUR - SECOND])
def test_an_outage_ends_after_it_began_and_not_in_the_future(ended_at):
    outage = an_outage()
    with pytest.raises(OutageTimesInvalid):
        outage.end(ended_at, NOW)
    assert (outage.ended_at, outage.events) == (None, [])


def test_an_outage_ends_once():
    outage = an_outage()
    outage.end(NOW, NOW)
    with pytest.raises(OutageOver):
        outage.end(NOW, NOW + HOUR)


def test_an_outage_is_settled_once_nothing_can_become_active_in_it_any_more():
    outage = an_outage()
    outage.end(NOW, NOW)
    outage.settle(NOW + SETTLING - SECOND)
    assert not outage.settled
    outage.settle(NOW + SETTLING)
    assert outage.settled


# ---- the watch (pure) ----


def watched(looks):
    """The downtimes that a watch notices; `looks` are (second, components that are away)."""
    watch = HealthWatch()
    for second, away in looks:
        watch.look(away, NOW + second * SECOND, LIMITS)
    return watch.downtimes


def downtime(component, start, end):
    ended_at = None if end is None else NOW + end * SECOND
    return Downtime(component=component, began_at=NOW + start * SECOND, ended_at=ended_at)


def test_what_answers_is_no_downtime():
    assert watched([(second, ()) for second in range(0, 600, 5)]) == []


def test_a_component_is_away_from_the_look_before_until_it_answers():
    looks = [(0, ()), *((second, {"learning"}) for second in range(5, 65, 5)), (65, ())]
    noticed = watched(looks)
    assert noticed[0] == downtime("learning", 0, None)
    assert noticed[-1] == downtime("learning", 0, 65)


def test_what_is_away_for_a_moment_is_no_downtime():
    assert watched([(0, ()), (5, {"learning"}), (10, {"learning"}), (25, ())]) == []


def test_when_nobody_looked_the_whole_system_was_away():
    assert watched([(0, ()), (60, ()), (3600, ())]) == [downtime("system", 60, 3600)]


def test_a_look_from_the_past_changes_nothing():
    assert watched([(100, ()), (0, {"learning"}), (105, ())]) == []


@given(st.lists(st.booleans(), min_size=1, max_size=80))
def test_a_downtime_covers_each_moment_at_which_a_component_was_away(away):
    looks = [(0, ()), *((5 * n, {"learning"} if gone else ()) for n, gone in enumerate(away, start=1))]
    noticed = [found for found in watched([*looks, (5 * len(looks), ())]) if found.ended_at]
    assert noticed == sorted(noticed, key=lambda found: found.began_at)
    for second, gone in looks:
        at = NOW + second * SECOND
        longest = [d for d in noticed if d.began_at < at < d.ended_at]
        assert len(longest) <= 1
        assert not longest or gone


# ---- on the real MongoDB ----

outages, enrollments, watches = Outages(), Enrollments(), HealthWatches()
on_servers = pytest.mark.usefixtures("database", "no_outages")


@pytest.fixture
def no_outages(database):
    outages.rows.delete_many({})
    watches.rows.delete_many({})


@pytest.fixture
def studying(database):
    enrollment = a_studying_enrollment(id=token_hex(8), person_id=token_hex(8))
    enrollments.add(enrollment)
    return enrollments.get(enrollment.id)


def extensions(enrollment):
    entries = enrollments.rows.find_one({"_id": enrollment.id})["outbox"]
    return [json.loads(entry["body"])["data"] for entry in entries if entry["type"] == WindowExtended.TYPE]


def form(began_at, ended_at=None):
    return OutageForm(component="学习平台", reason="机房断电", began_at=began_at, ended_at=ended_at)


def recorded(began_at, ended_at, now):
    return use_cases.record(outages, form(began_at, ended_at), OPERATOR, now, within=MONTH)


@on_servers
def test_a_recorded_outage_extends_each_open_window_once_however_many_processes_tell_it(studying):
    recorded(NOW + DAY, NOW + DAY + HOUR, NOW + 2 * DAY)
    before = studying.closes_at
    with ThreadPoolExecutor(8) as pool:
        telling = lambda _: use_cases.tell_enrollments(Outages(), Enrollments(), NOW + 2 * DAY)  # noqa: E731
        list(pool.map(telling, range(8)))
    assert enrollments.get(studying.id).closes_at == before + HOUR
    assert [each["extended_ms"] for each in extensions(studying)] == [3_600_000]


@on_servers
def test_what_a_process_left_is_told_in_the_next_round(studying):
    recorded(NOW + DAY, NOW + DAY + HOUR, NOW + 2 * DAY)
    another = enrollments.add(a_studying_enrollment(id=token_hex(8), person_id=token_hex(8)))
    dying = Enrollments()
    told = []

    def update(id, *args, **more):
        if told:
            raise SystemExit  # the process ends here
        told.append(id)
        return Enrollments.update(dying, id, *args, **more)

    dying.update = update
    with pytest.raises(SystemExit):
        use_cases.tell_enrollments(outages, dying, NOW + 2 * DAY)
    use_cases.tell_enrollments(outages, enrollments, NOW + 2 * DAY)
    for each in (studying, another):
        assert len(extensions(each)) == 1


@on_servers
def test_an_outage_is_told_until_nothing_can_have_become_active_in_it(studying):
    outage = recorded(NOW + DAY, NOW + DAY + HOUR, NOW + 2 * DAY)
    use_cases.tell_enrollments(outages, enrollments, NOW + 2 * DAY)
    late = enrollments.add(a_studying_enrollment(id=token_hex(8), person_id=token_hex(8)))
    use_cases.tell_enrollments(outages, enrollments, NOW + 2 * DAY + SETTLING)
    assert len(extensions(late)) == 1
    assert outages.get(outage.id).settled
    assert outages.unsettled() == []


@on_servers
def test_an_expired_enrolment_goes_on_when_an_outage_is_found(studying):
    closed_at = studying.closes_at
    enrollments.update(studying.id, lambda enrollment: enrollment.expire(closed_at))
    recorded(closed_at - HOUR, closed_at, closed_at + HOUR)
    use_cases.tell_enrollments(outages, enrollments, closed_at + HOUR)
    found = enrollments.get(studying.id)
    assert (found.status, found.closes_at) == (Status.ACTIVE, closed_at + 2 * HOUR)


@on_servers
def test_what_the_watch_noticed_is_one_outage_whatever_dies_in_between():
    def look(second, *away):
        use_cases.look(watches, outages, away, NOW + second * SECOND, LIMITS)

    look(0)
    for second in range(10, 50, 10):
        look(second, "learning")
    assert outages.is_under_way()
    ended = Downtime(component="learning", began_at=NOW, ended_at=NOW + 50 * SECOND)
    watches.update("watch", lambda watch: watch.look((), NOW + 50 * SECOND, LIMITS))  # and dies
    look(60)
    [outage] = outages.newest(1)
    assert (outage.began_at, outage.ended_at) == (ended.began_at, ended.ended_at)
    assert (outage.source, outage.component) == (OutageSource.MONITOR, "learning")
    types = [entry["type"] for entry in outages.rows.find_one({"_id": outage.id})["outbox"]]
    assert types == [OutageBegan.TYPE, OutageRecorded.TYPE]
    assert watches.get("watch").downtimes == []
    assert not outages.is_under_way()


def test_what_does_not_answer_is_away(servers):
    probe = HealthProbe({"nobody": "http://127.0.0.1:9/readyz"})
    assert probe.away() == {"nobody"}
