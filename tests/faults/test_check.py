"""The check finds each thing that may be wrong, and nothing in correct records."""

import copy

import pytest

from services.learning.domain.ledger import batch_id
from tests.faults.acknowledged import AcknowledgedEvent
from tests.faults.check import check
from tests.faults.records import Records

PAID = AcknowledgedEvent("payment.fee.confirmed.v1", (("enrollment_id", "e1"),))


def an_event(id, type_, subject, sequence, **data):
    return {
        "id": id, "source": type_.partition(".")[0], "type": type_, "subject": subject,
        "sequence": f"{sequence:010d}", "data": data,
    }  # fmt: skip


def handled(*ids):
    return [{"id": id} for id in ids]


@pytest.fixture
def records():
    """One learner has declared and paid; an order that nobody paid is open at the bank."""
    stream = [
        an_event("d1", "enrollment.declaration.submitted.v1", "e1", 1, enrollment_id="e1"),
        an_event("o1", "payment.order.opened.v1", "order1", 1, enrollment_id="e1"),
        an_event("p1", "payment.fee.confirmed.v1", "e1", 1, enrollment_id="e1", order_id="order1"),
        an_event("a1", "enrollment.learning.opened.v1", "e1", 2, enrollment_id="e1"),
    ]
    everyone = handled("d1", "a1")
    rows = {
        "enrollment": {
            "enrollments": [
                {
                    "_id": "e1",
                    "sequence": 2,
                    "status": "active",
                    "paid": True,
                    "fee_fen": 600,
                    "handled": handled("p1"),
                }
            ]
        },
        "payment": {
            "fees": [
                {
                    "_id": "e1",
                    "sequence": 1,
                    "status": "paid",
                    "fee_fen": 600,
                    "paid_by": "order1",
                    "handled": handled("d1"),
                }
            ],
            "orders": [{"_id": "order1", "sequence": 1, "handled": handled("p1")}],
        },
        "learning": {"studies": [{"_id": "e1", "handled": handled("a1")}]},
        "proctor": {"profiles": [{"_id": "person1", "handled": everyone}], "watches": []},
        "certificate": {"files": [{"_id": "e1", "handled": everyone}]},
        "identity": {"accounts": [{"_id": "account1", "handled": handled("d1")}]},
    }
    orders = [
        {"out_trade_no": "order1", "total": 600, "trade_state": "SUCCESS"},
        {"out_trade_no": "order2", "total": 600, "trade_state": "NOTPAY"},
    ]
    return Records(stream, copy.deepcopy(stream), rows, orders)


def kinds(records, *acknowledged):
    return {finding.kind for finding in check(records, acknowledged)}


def test_right_records_have_no_finding(records):
    assert check(records, [PAID]) == []


def test_a_repeat_in_the_stream_is_no_finding(records):
    records.stream.append(records.stream[0])
    assert check(records, [PAID]) == []


def test_an_event_that_never_reached_the_stream_is_lost(records):
    del records.stream[3], records.log[3]
    assert kinds(records) == {"lost"}


def test_an_event_that_the_log_lacks_is_lost(records):
    del records.log[3]
    assert kinds(records) == {"lost"}


def test_an_event_without_effect_is_lost(records):
    records.rows["learning"]["studies"][0]["handled"].clear()
    assert [finding.message for finding in check(records, [])] == [
        "enrollment.learning.opened.v1 a1 (e1 number 2) has had no effect in learning.open_study"
    ]


def test_an_effect_that_has_moved_out_of_the_document_counts(records):
    records.rows["learning"]["studies"][0]["handled"].clear()
    records.rows["learning"]["handled"] = [{"_id": "studies/e1/a1"}]
    assert check(records, []) == []


def test_an_acknowledged_event_that_is_not_in_the_log_is_lost(records):
    assert kinds(records, AcknowledgedEvent("certificate.hours.reported.v1", (("enrollment_id", "e1"),))) == {
        "lost"
    }


def test_a_job_that_nobody_did_is_lost(records):
    for envelopes in (records.stream, records.log):
        envelopes.append(an_event("j1", "proctor.job.queued.v1", "photo1", 1, job_id="photo1"))
    assert kinds(records) == {"lost"}


def test_an_event_that_took_effect_twice_is_doubled(records):
    records.rows["learning"]["studies"][0]["handled"] = handled("a1", "a1")
    assert kinds(records) == {"doubled"}


def test_two_payments_of_one_fee_are_doubled(records):
    for envelopes in (records.stream, records.log):
        envelopes.append(an_event("p2", "payment.fee.confirmed.v1", "e1", 2, enrollment_id="e1"))
    for name in ("enrollments", "orders"):
        for service in ("enrollment", "payment"):
            for row in records.rows[service].get(name, ()):
                row["handled"] += handled("p2")
    assert kinds(records) == {"doubled"}


def test_two_events_with_one_number_are_doubled(records):
    for envelopes in (records.stream, records.log):
        envelopes.append(an_event("o2", "payment.order.opened.v1", "order1", 1, enrollment_id="e1"))
    assert "doubled" in kinds(records)


def test_an_overtaken_event_is_out_of_order(records):
    records.stream[0], records.stream[3] = records.stream[3], records.stream[0]
    assert kinds(records) == {"out_of_order"}


def test_money_that_no_fee_knows_is_unbalanced(records):
    records.orders[1]["trade_state"] = "SUCCESS"
    assert kinds(records) == {"unbalanced"}


def test_a_fee_that_the_enrolment_does_not_know_is_unbalanced(records):
    records.rows["enrollment"]["enrollments"][0]["paid"] = False
    assert kinds(records) == {"unbalanced"}


def withdrawn(records):
    """The learner has paid, and withdrawn afterwards; both services know."""
    records.rows["enrollment"]["enrollments"][0]["status"] = "withdrawn"
    records.rows["payment"]["fees"][0]["status"] = "withdrawn"
    return records


def test_money_that_is_kept_after_the_withdrawal_is_a_finding_by_name(records):
    assert [(it.kind, it.message) for it in check(withdrawn(records), [])] == [
        ("unbalanced", "e1: 600 fen kept after withdrawal (order order1)")
    ]


def happened(records, *events):
    """They are in the stream and in the log."""
    for envelopes in (records.stream, records.log):
        envelopes += events


def refunded(records, order="order1"):
    """The bank has given the money of an order back, and payment has published it."""
    next(row for row in records.orders if row["out_trade_no"] == order)["trade_state"] = "REFUND"
    fields = {"order_id": order, "enrollment_id": "e1", "amount_fen": 600}
    happened(records, an_event(f"r-{order}", "payment.fee.refunded.v1", order, 2, **fields))


def test_money_that_went_back_after_the_withdrawal_is_balanced(records):
    refunded(records)
    assert check(withdrawn(records), []) == []


def test_a_refund_of_a_fee_that_still_counts_is_unbalanced(records):
    refunded(records)
    assert kinds(records) == {"unbalanced"}


def test_a_refund_that_nobody_knows_of_is_unbalanced(records):
    records.orders[0]["trade_state"] = "REFUND"
    assert "600 fen, 0 are known" in check(withdrawn(records), [])[0].message


def paid_twice(records):
    """A second order of the same fee was paid, too; payment refuses it."""
    records.orders[1]["trade_state"] = "SUCCESS"
    fields = {"order_id": "order2", "enrollment_id": "e1", "amount_fen": 600, "reason": "second_payment"}
    happened(
        records,
        an_event("o2", "payment.order.opened.v1", "order2", 1, enrollment_id="e1"),
        an_event("f1", "payment.fee.refused.v1", "e1", 2, **fields),
    )
    records.rows["payment"]["orders"].append({"_id": "order2", "sequence": 1, "handled": handled("f1")})


def test_a_second_payment_that_stays_is_unbalanced(records):
    paid_twice(records)
    assert "600 fen of order order2 count for nothing, and did not go back" in {
        finding.message for finding in check(records, [])
    }


def test_a_second_payment_that_went_back_is_balanced(records):
    paid_twice(records)
    refunded(records, "order2")
    assert check(records, []) == []


def test_a_withdrawal_that_only_one_service_knows_is_unbalanced(records):
    records.rows["enrollment"]["enrollments"][0]["status"] = "withdrawn"
    assert kinds(records) == {"unbalanced"}


# ---- lessons ----


def a_report(number, refusal=None):
    return {"number": number, "credited_ms": 0 if refusal else 1_000, "refusal": refusal}


def lesson_events():
    ids = {"session_id": "s1", "enrollment_id": "e1", "lesson_id": "l1"}
    reports = [a_report(1), a_report(2, "seek_ahead"), a_report(2)]
    return [
        an_event("l1", "learning.lesson.entered.v1", "s1", 1, **ids),
        an_event("l2", "learning.playback.recorded.v1", "s1", 2, **ids, batch=1, reports=reports),
        an_event("l3", "learning.session.ended.v1", "s1", 3, **ids),
        an_event("w1", "proctor.schedule.drawn.v1", "s1", 1, session_id="s1"),
        an_event("w2", "proctor.schedule.revealed.v1", "s1", 2, session_id="s1"),
    ]


@pytest.fixture
def lesson(records):
    """The learner has played one session, which is over everywhere."""
    happened(records, *lesson_events())
    for rows in (records.rows["certificate"]["files"], records.rows["learning"]["studies"]):
        rows[0]["handled"] += handled("l1", "l3", "w1")
    records.rows["proctor"]["watches"] = [{"_id": "s1", "over": True, "handled": handled("l1", "l3")}]
    records.rows["learning"]["ledger"] = [{"_id": batch_id("s1", number)} for number in (1, 2)]
    return records


def promise(report, credited_ms=1_000):
    fields = (("credited_ms", credited_ms), ("report", report), ("session_id", "s1"))
    return AcknowledgedEvent("learning.playback.recorded.v1", fields)


def without(records, id):
    for envelopes in (records.stream, records.log):
        envelopes[:] = [event for event in envelopes if event["id"] != id]
    return records


def test_a_session_that_is_over_has_no_finding(lesson):
    assert check(lesson, [promise(1), promise(2)]) == []


def test_a_report_that_was_accepted_and_is_in_no_batch_is_lost(lesson):
    assert kinds(lesson, promise(3)) == {"lost"}


def test_a_report_that_earned_less_than_was_answered_is_lost(lesson):
    assert kinds(lesson, promise(1, 2_000)) == {"lost"}


def test_a_report_in_two_batches_is_doubled(lesson):
    data = {"session_id": "s1", "batch": 2, "reports": [a_report(2)]}
    happened(lesson, an_event("l4", "learning.playback.recorded.v1", "s1", 4, **data))
    assert kinds(lesson) == {"doubled"}


def test_a_session_that_has_not_ended_is_a_finding(lesson):
    messages = {finding.message for finding in check(without(lesson, "l3"), [])}
    assert "learning.lesson.entered.v1 l1 (s1 number 1): its session has not ended" in messages


def test_a_session_that_goes_on_in_proctor_is_a_finding(lesson):
    lesson.rows["proctor"]["watches"][0]["over"] = False
    assert kinds(lesson) == {"lost"}


def test_a_batch_that_the_ledger_lacks_is_lost(lesson):
    lesson.rows["learning"]["ledger"].clear()
    assert kinds(lesson) == {"lost"}


def test_a_seed_that_was_not_revealed_is_a_finding(lesson):
    messages = {finding.message for finding in check(without(lesson, "w2"), [])}
    assert messages == {"proctor.schedule.drawn.v1 w1 (s1 number 1): its seed was not revealed"}
