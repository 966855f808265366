"""Checks the records after a campaign: lost, doubled, out of order, unbalanced. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.faults.acknowledged import AcknowledgedEvent
from tests.faults.lost import RECORDED, accepted_reports, lost
from tests.faults.records import Records, Row, describe

# Event types of which there is at most one for the same values of these fields.
ONCE = {
    "enrollment.declaration.submitted.v1": ("enrollment_id",),
    "enrollment.declaration.approved.v1": ("enrollment_id",),
    "enrollment.learning.opened.v1": ("enrollment_id",),
    "payment.fee.confirmed.v1": ("enrollment_id",),
    "identity.account.opened.v1": ("account_id",),
    "identity.account.activated.v1": ("account_id",),
    "proctor.identity.verified.v1": ("person_id",),
    "proctor.job.queued.v1": ("job_id",),
    "proctor.job.done.v1": ("job_id",),
    "proctor.schedule.drawn.v1": ("session_id",),
    "proctor.schedule.revealed.v1": ("session_id",),
    "proctor.check.requested.v1": ("check_id",),
    "proctor.check.passed.v1": ("check_id",),
    "proctor.check.failed.v1": ("check_id",),
    "learning.lesson.entered.v1": ("session_id",),
    "learning.schedule.mixed.v1": ("session_id",),
    "learning.playback.recorded.v1": ("session_id", "batch"),
    "learning.check.due.v1": ("session_id",),
    "learning.session.ended.v1": ("session_id",),
    "learning.lesson.completed.v1": ("enrollment_id", "lesson_id"),
    "learning.study.completed.v1": ("enrollment_id",),
    "certificate.hours.confirmed.v1": ("enrollment_id",),
    "certificate.hours.reported.v1": ("enrollment_id",),
    "certificate.province.approved.v1": ("enrollment_id",),
    "certificate.certificate.issued.v1": ("enrollment_id",),
}

GOES_BACK = ("second_payment", "withdrawn")  # why a payment that counts for nothing returns to its payer


@dataclass(frozen=True)
class Finding:
    """Something wrong. `kind`: lost, doubled, out_of_order or unbalanced; in a campaign also failed (a fault
    could not be done), stuck (a person gave up) or disputed (the auditor derives something else)."""

    kind: str
    message: str


def check(records: Records, acknowledged: Iterable[AcknowledgedEvent]) -> list[Finding]:
    """Everything that is wrong; each message names ids."""
    checks: dict[str, Callable[[], Iterator[str]]] = {
        "lost": lambda: lost(records, acknowledged),
        "doubled": lambda: _doubled(records),
        "out_of_order": lambda: _out_of_order(records),
        "unbalanced": lambda: _unbalanced(records),
    }
    return [Finding(kind, message) for kind, find in checks.items() for message in find()]


# ---- doubled ----


def _doubled(records: Records) -> Iterator[str]:
    yield from _second_copies(records)
    yield from _second_numbers(records)
    yield from _second_effects(records)
    yield from _second_reports(records)
    for service, collections in records.rows.items():
        for name, rows in collections.items():
            yield from (f"{service} {name} {problem}" for problem in _handled_twice(rows))


def _second_copies(records: Records) -> Iterator[str]:
    for id, times in Counter(event["id"] for event in records.log).items():
        if times > 1:
            yield f"event {id} is {times} times in the auditor's log"


def _second_numbers(records: Records) -> Iterator[str]:
    """Two events of one aggregate with the same number: one write was made twice."""
    ids = defaultdict(set)
    for event in records.stream:
        ids[event["source"], event["subject"], int(event["sequence"])].add(event["id"])
    for (source, subject, sequence), same in ids.items():
        if len(same) > 1:
            yield f"{source} {subject} has {len(same)} events number {sequence}: {sorted(same)}"


def _second_effects(records: Records) -> Iterator[str]:
    counted = Counter(
        (event["type"], tuple(event["data"][name] for name in ONCE[event["type"]]))
        for event in records.log
        if event["type"] in ONCE
    )
    for (type_, values), times in counted.items():
        if times > 1:
            yield f"{type_} of {' '.join(map(str, values))} happened {times} times"


def _second_reports(records: Records) -> Iterator[str]:
    """A report that two batches say was accepted."""
    batches = (event["data"] for event in records.log if event["type"] == RECORDED)
    counted = Counter(
        (data["session_id"], report["number"]) for data in batches for report in accepted_reports(data)
    )
    for (session, number), times in counted.items():
        if times > 1:
            yield f"report {number} of session {session} was recorded {times} times"


def _handled_twice(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        for id, times in Counter(entry["id"] for entry in row.get("handled", ())).items():
            if times > 1:
                yield f"{row['_id']}: event {id} took effect {times} times"


# ---- out of order ----


def _out_of_order(records: Records) -> Iterator[str]:
    """The first copies of an aggregate's events are in order, in the stream and in the log."""
    for source, envelopes in (("stream", records.stream), ("log", records.log)):
        seen, highest = set[str](), defaultdict[Any, int](int)
        for event in envelopes:
            key, number = (event["source"], event["subject"]), int(event["sequence"])
            if event["id"] in seen:
                continue
            seen.add(event["id"])
            if number != highest[key] + 1:
                yield f"{source}: {describe(event)} follows number {highest[key]}"
            highest[key] = max(highest[key], number)


# ---- money ----


def _unbalanced(records: Records) -> Iterator[str]:
    """Paid − refunded = confirmed (R14): the bank's book, fees and enrolments say the same, order by order.

    The money of a withdrawn enrolment goes back (R5): the bank keeps none of it.
    """
    yield from _refunds_differ(records)
    kept = {row["out_trade_no"]: row["total"] for row in records.orders if row["trade_state"] == "SUCCESS"}
    paid_fees = [fee for fee in records.rows["payment"]["fees"] if fee.get("paid_by")]
    withdrawn = {fee["paid_by"]: fee["_id"] for fee in paid_fees if fee["status"] == "withdrawn"}
    for order in sorted(kept.keys() & withdrawn.keys()):
        yield f"{withdrawn[order]}: {kept.pop(order)} fen kept after withdrawal (order {order})"
    confirmed = [fee for fee in paid_fees if fee["status"] != "withdrawn"]
    yield from _bank_differs(kept, {fee["paid_by"]: fee["fee_fen"] for fee in confirmed})
    yield from _enrolments_differ(records, {fee["_id"]: fee["fee_fen"] for fee in confirmed})


def _refunds_differ(records: Records) -> Iterator[str]:
    """What the bank gave back, payment has published; what counted for nothing has gone back (R13)."""
    refunded = _amounts(records, "payment.fee.refunded.v1")
    returned = {row["out_trade_no"]: row["total"] for row in records.orders if row["trade_state"] == "REFUND"}
    if returned != refunded:
        wrong = sorted(returned.items() ^ refunded.items())
        yield f"the bank gave back {sum(returned.values())} fen, {sum(refunded.values())} are known: {wrong}"
    refused = _amounts(records, "payment.fee.refused.v1", reasons=GOES_BACK)
    for order in sorted(refused.keys() - refunded.keys()):
        yield f"{refused[order]} fen of order {order} count for nothing, and did not go back"


def _amounts(records: Records, type_: str, reasons: tuple[str, ...] = ()) -> dict[str, int]:
    """By order, of all events of a type, or of those with these reasons."""
    events = (event["data"] for event in records.log if event["type"] == type_)
    return {
        data["order_id"]: data["amount_fen"] for data in events if not reasons or data["reason"] in reasons
    }


def _bank_differs(kept: dict[str, int], fees: dict[str, int]) -> Iterator[str]:
    if kept != fees:
        wrong = sorted(kept.items() ^ fees.items())
        yield f"the bank took {sum(kept.values())} fen, fees say {sum(fees.values())}: {wrong}"


def _enrolments_differ(records: Records, fees: dict[str, int]) -> Iterator[str]:
    enrolments = records.rows["enrollment"]["enrollments"]
    paid = {row["_id"]: row["fee_fen"] for row in enrolments if row["paid"] and row["status"] != "withdrawn"}
    if paid != fees:
        yield f"enrolments and fees differ: {sorted(paid.items() ^ fees.items())}"
