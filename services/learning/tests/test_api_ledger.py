"""The ledger over HTTP, kept from the events, on real MongoDB (R25, R31)."""

import pytest

from services.learning.application import ledger
from services.learning.storage import Ledger
from services.learning.tests.builders import UNFORESEEN, at
from services.learning.tests.conftest import Desk, problem_of
from services.learning.tests.test_storage import index_of
from shared.events.envelope import decode
from shared.events.learning import PlaybackRecorded


@pytest.fixture
def player(verified: Desk) -> Desk:
    """A learner who has played 3 s, claimed one more, and tried to seek ahead."""
    verified.session = verified.play()
    verified.wait(3)
    verified.report(verified.session, 1, 0, 4)
    verified.report(verified.session, 2, 9, 12)
    return verified


def published(desk: Desk) -> list[PlaybackRecorded]:
    """The batches that its sessions have published, as they arrive from the broker."""
    rows = desk.sessions.rows.find({"person_id": desk.person})
    bodies = [entry["body"] for row in rows for entry in row["outbox"] if "playback" in entry["type"]]
    return [decode(body) for body in bodies]


def deliver(desk: Desk) -> None:
    for event in published(desk):
        ledger.keep(desk.runtime.ledger, event)


def show(desk: Desk, header: dict[str, str] | None = None, page: int = 1) -> dict:
    answer = desk.client.get(f"{desk.url}/ledger", params={"page": page}, headers=header or desk.header)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_learner_sees_every_second_at_once(player: Desk):
    body = show(player)
    assert (body["enrollment_id"], body["page"], body["pages"]) == (player.study.id, 1, 1)
    common = body["lessons"][0]
    assert (common["lesson_id"], common["title"], common["duration_ms"]) == ("common", "计价", 15_000)
    assert (common["earned_ms"], common["earned"]) == (3_000, [{"from_ms": 0, "to_ms": 3_000}])
    assert (common["pending_ms"], common["refused"]) == (1_000, 1)
    (batch,) = body["batches"]
    assert (batch["session_id"], batch["lesson_id"], batch["ending"]) == (player.session, "common", None)
    assert batch["entries"] == [
        {
            "report": 1, "received_at": "2026-03-02T12:00:03Z", "claimed": {"from_ms": 0, "to_ms": 4_000},
            "rate": 1.0, "earned": {"from_ms": 0, "to_ms": 3_000}, "pending_ms": 1_000, "refusal": None,
            "refusal_zh": None,
        },
        {
            "report": 2, "received_at": "2026-03-02T12:00:03Z",
            "claimed": {"from_ms": 9_000, "to_ms": 12_000}, "rate": 1.0, "earned": None, "pending_ms": 0,
            "refusal": "seek_ahead", "refusal_zh": "快进",
        },
    ]  # fmt: skip


def test_what_was_published_is_shown_once_however_often_it_is_delivered(player: Desk):
    before = show(player)
    player.enter("special")
    for _ in range(2):
        deliver(player)
    body = show(player)
    assert body["batches"][0]["entries"] == before["batches"][0]["entries"]
    assert (len(body["batches"]), body["up_to_date"]) == (1, True)
    assert (body["batches"][0]["ending"], body["batches"][0]["ended_at"]) == (
        "superseded",
        "2026-03-02T12:00:03Z",
    )
    assert (body["lessons"][0]["earned_ms"], body["lessons"][0]["refused"]) == (3_000, 1)


def test_what_is_earned_does_not_shrink_while_a_batch_is_on_its_way(player: Desk):
    player.wait(10)
    player.report(player.session, 2, 3, 15)
    body = show(player)
    assert (body["lessons"][0]["earned_ms"], body["up_to_date"]) == (12_000, False)
    deliver(player)
    body = show(player)
    assert (body["lessons"][0]["earned_ms"], body["up_to_date"]) == (12_000, True)
    player.pass_check(player.session, UNFORESEEN, 15)
    player.wait(1)
    player.report(player.session, 3, 12, 12.5)
    body = show(player)
    assert [len(batch["entries"]) for batch in body["batches"]] == [3, 1]
    assert body["lessons"][0]["earned"] == [{"from_ms": 0, "to_ms": 12_500}]


def test_learner_organisation_and_auditor_see_the_same(player: Desk):
    player.wait(9)
    player.report(player.session, 2, 3, 15)
    deliver(player)
    readers = [
        player.header,
        player.sign("organisation", org=player.course.organisation),
        player.sign("auditor"),
    ]
    first, second, third = (show(player, reader) for reader in readers)
    assert first == second == third


def test_for_others_there_is_no_ledger(player: Desk):
    url = f"{player.url}/ledger"
    for header in (player.sign("learner", person="other"), player.sign("organisation", org="other")):
        problem_of(player.client.get(url, headers=header), 404, "not_found")
    for role in ("province", "operator"):
        problem_of(player.client.get(url, headers=player.sign(role)), 403, "role.forbidden")
    problem_of(player.client.get(url), 401, "token.invalid")
    unknown = url.replace(player.study.id, "nowhere")
    problem_of(player.client.get(unknown, headers=player.sign("auditor")), 404, "not_found")


@pytest.mark.parametrize("page", ["0", "-1", "x", "163786687225965517471744"])
def test_a_page_that_makes_no_sense_is_refused(player: Desk, page: str):
    answer = player.get("/ledger", params={"page": page})
    problem_of(answer, 422, "request.invalid")


def test_the_ledger_is_paged_and_its_totals_are_those_of_all_pages(verified: Desk):
    for _ in range(60):
        verified.session = verified.play()
        verified.wait(1)
        covered = verified.sessions.get(verified.session).covered_ms / 1000
        verified.report(verified.session, 1, covered, covered + 0.1)
        verified.report(verified.session, 1, covered, covered + 0.2)
        verified.wait(61)
        verified.report(verified.session, 2, covered, covered)
    deliver(verified)
    first, second, third = (show(verified, page=page) for page in (1, 2, 3))
    assert {body["pages"] for body in (first, second, third)} == {3}
    assert [len(body["batches"]) for body in (first, second, third)] == [50, 50, 20]
    entries = [
        entry for body in (first, second, third) for batch in body["batches"] for entry in batch["entries"]
    ]
    assert [entry["received_at"] for entry in entries] == sorted(entry["received_at"] for entry in entries)
    for body in (first, second, third):
        assert (body["lessons"][0]["earned_ms"], body["lessons"][0]["refused"]) == (6_000, 120)
        assert body["lessons"][0]["earned"] == [{"from_ms": 0, "to_ms": 6_000}]
    assert show(verified, page=4)["batches"] == []


def test_batches_of_an_enrolment_are_found_by_index(player: Desk):
    rows = Ledger().rows.find({"enrollment_id": player.study.id}).sort([("began_at", 1), ("_id", 1)])
    assert index_of(rows) == "enrollment"


def test_a_batch_comes_back_as_it_was(player: Desk):
    player.enter("special")
    (event,) = published(player)
    ledger.keep(player.runtime.ledger, event)
    (batch,) = player.runtime.ledger.page_of(player.study.id, 1)
    assert (batch.reports, batch.began_at) == (event.reports, at(3))
