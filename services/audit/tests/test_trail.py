"""The trail: every filter and all of them together, page by page, either way, and never a search (R31)."""

import json
from datetime import timedelta
from itertools import combinations

import pytest

from services.audit.api import app
from services.audit.domain import EntryFilter
from services.audit.tests.studies import id_of, study_bodies
from testkit.honest_study import START
from testkit.serving import in_process

NOISE = 2_000  # entries of others
PAGE = 10
MIDDLE = START + timedelta(seconds=200)


def noise(number):
    """Other people's events, of which some share each single column with the study."""
    sample = json.loads(study_bodies()[-1])
    time = START + timedelta(milliseconds=number * 100)
    data = {
        "enrollment_id": f"e{number % 40}",
        "person_id": f"p{number % 40}",
        "session_id": f"s{number % 90}",
    }
    type_ = ("learning.study.completed.v1", "proctor.check.passed.v1", "noise.made.v1")[number % 3]
    envelope = {
        "id": f"noise-{number}",
        "subject": f"n{number % 50}",
        "type": type_,
        "source": type_.partition(".")[0],
        "time": time.isoformat(),
        "traceparent": f"00-{number % 70:032d}-{'b' * 16}-01",
        "data": data,
    }
    return json.dumps(sample | envelope).encode()


@pytest.fixture
def busy(log):
    """A study among the events of others, some of which come late."""
    bodies = study_bodies()
    mixed = [noise(number) for number in range(NOISE)]
    for place, body in enumerate(bodies):
        mixed.insert(place * 23 % NOISE, body)
    mixed.insert(1_500, noise(3_000))  # from the future
    log.append(list(enumerate(mixed)))
    return log


FILTERS = {
    "enrollment_id": "enrollment-1",
    "person_id": "p7",
    "trace_id": f"{7:032d}",
    "subject": "enrollment-1-0",
    "session_id": "enrollment-1-0",
    "type": "proctor.check.passed.v1",
    "source": "learning",
    "since": MIDDLE,
    "until": MIDDLE + timedelta(seconds=30),
}
PAIRS = [
    {name: FILTERS[name] for name in names} for size in (0, 1, 2) for names in combinations(FILTERS, size)
]
ALIKE = [  # combinations of columns that some entries do have together
    {"enrollment_id": "e7", "person_id": "p7", "source": "learning"},
    {"session_id": "s7", "since": START, "until": MIDDLE},
    {"type": "noise.made.v1", "source": "noise", "since": START + timedelta(seconds=20)},
]


def passes(entry, wanted):
    plain = {name: value for name, value in wanted.items() if name not in ("since", "until")}
    if any(getattr(entry, name) != value for name, value in plain.items()):
        return False
    return (
        wanted.get("since", START - timedelta(days=1))
        <= entry.time
        < wanted.get("until", START + timedelta(days=1))
    )


def in_time(wanted):
    return "since" in wanted or "until" in wanted


@pytest.mark.parametrize("newest_first", [False, True])
def test_pages_hold_each_entry_that_passes_once_and_in_order(busy, newest_first):
    entries = list(busy.read())
    for wanted in [*PAIRS, *ALIKE]:
        key = (
            (lambda entry: (entry.time, entry.position))
            if in_time(wanted)
            else (lambda entry: entry.position)
        )
        expected = sorted(
            (entry for entry in entries if passes(entry, wanted)), key=key, reverse=newest_first
        )
        seen, after = [], 0
        while page := list(busy.matching(EntryFilter(**wanted), after, 97, newest_first=newest_first)):
            seen, after = seen + page, page[-1].position
        assert [entry.position for entry in seen] == [entry.position for entry in expected], wanted


@pytest.mark.parametrize("newest_first", [False, True])
def test_no_page_searches_the_log(busy, newest_first):
    few = len(study_bodies()) + NOISE // 40
    for wanted in [*PAIRS, *ALIKE]:
        mismatched = {"type", "source"} <= wanted.keys() and not wanted["type"].startswith(wanted["source"])
        if mismatched:
            continue
        first = list(busy.matching(EntryFilter(**wanted), 0, PAGE, newest_first=newest_first))
        for after in {0, *(entry.position for entry in first[-1:])}:
            plan = busy.trail_cursor(EntryFilter(**wanted), after, PAGE, newest_first=newest_first).explain()
            stats = plan["executionStats"]
            assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"]), wanted
            narrow = any(name in wanted for name in list(FILTERS)[:5])
            assert stats["totalDocsExamined"] <= (few if narrow else PAGE + 2), wanted
            assert stats["totalKeysExamined"] <= (few + 2 if narrow else PAGE + 5), wanted


@pytest.fixture
def client(log, environment, headers_of):
    with in_process(app, environment) as client:
        client.headers.update(headers_of("auditor"))
        yield client


def test_filters_are_asked_for_together_and_pages_go_either_way(client, busy):
    query = {"enrollment_id": "enrollment-1", "source": "learning", "from": START.isoformat(), "limit": 5}
    ways = []
    for newest_first in (False, True):
        seen, after = [], 0
        while after is not None:
            page = client.get(
                "/api/audit/trail", params=query | {"after": after, "newest_first": newest_first}
            ).json()
            seen, after = seen + page["entries"], page["next_after"]
        ways.append([entry["event_id"] for entry in seen])
    assert ways[0] == ways[1][::-1]
    assert len(ways[0]) == sum(b'"learning"' in body and b"enrollment-1" in body for body in study_bodies())


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday",
        "from=2026-03-01T08:00:00",
        "until=0001-01-01T00:00:00%2B14:00",
        "newest_first=perhaps",
        f"type={'x' * 201}",
    ],
)
def test_a_filter_that_says_nothing_is_refused(client, log, query):
    answer = client.get(f"/api/audit/trail?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")


def test_an_event_is_found_by_its_id_with_what_stands_beside_it(client, busy):
    entries = list(busy.read())
    for place in (0, 777, len(entries) - 1):
        entry = entries[place]
        answer = client.get(f"/api/audit/events/{entry.event_id}").json()
        assert (answer["position"], answer["hash"], answer["previous_hash"]) == (
            entry.position, entry.hash, entry.previous_hash,
        )  # fmt: skip
        assert answer["in_order"] is True
        assert json.dumps(answer["envelope"], sort_keys=True) == json.dumps(
            json.loads(entry.body), sort_keys=True
        )
        beside = [answer[side] and answer[side]["position"] for side in ("before", "behind")]
        assert beside == [place or None, place + 2 if place + 1 < len(entries) else None]


def test_an_event_that_was_changed_is_out_of_order(client, busy):
    entry = next(iter(busy.read(after=50, limit=1)))
    busy._entries.update_one({"_id": entry.position}, {"$set": {"body": entry.body + b" "}})
    assert client.get(f"/api/audit/events/{entry.event_id}").json()["in_order"] is False


def test_an_event_that_the_log_does_not_have_is_not_found(client, log):
    answer = client.get("/api/audit/events/no-such-event")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", [f"events/{id_of(study_bodies()[0])}", "enrollments/enrollment-1/report"])
@pytest.mark.parametrize(
    ("role", "status"),
    [("learner", 403), ("organisation", 403), ("province", 403), ("operator", 200), (None, 401)],
)
def test_only_auditors_and_operators_look(client, log, headers_of, path, role, status):
    log.append(list(enumerate(study_bodies())))
    headers = headers_of(role) if role else {"Authorization": ""}
    assert client.get(f"/api/audit/{path}", headers=headers).status_code == status
