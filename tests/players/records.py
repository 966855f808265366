"""What the log says about a learner in the end, as the auditor reads it."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from testkit.actors.client import Client
from testkit.waiting import eventually

CHEATS = ("seek_ahead", "too_fast", "wrong_rate")  # no honest player sends these
PAGE = 1_000


def events_of(auditor: Client, enrollment_id: str) -> Iterator[dict[str, Any]]:
    """The envelopes of all events of an enrolment, in the order of the log."""
    after = 0
    while after is not None:
        page = auditor.get("/api/audit/trail", enrollment_id=enrollment_id, after=after, limit=PAGE)
        yield from (entry["envelope"] for entry in page["entries"])
        after = page["next_after"]


def refusals_of(auditor: Client, enrollment_id: str) -> Counter[str]:
    """How often reports of the enrolment were refused, by reason."""
    batches = (
        envelope["data"]
        for envelope in events_of(auditor, enrollment_id)
        if envelope["type"] == "learning.playback.recorded.v1"
    )
    return Counter(report["refusal"] for batch in batches for report in batch["reports"] if report["refusal"])


def cases_of(auditor: Client, enrollment_id: str) -> int:
    """How many cases of cheating were opened against the learner (R26)."""
    types = (envelope["type"] for envelope in events_of(auditor, enrollment_id))
    return sum(type_ == "enrollment.case.opened.v1" for type_ in types)


def audited_ms(auditor: Client, enrollment_id: str, learned_ms: int) -> int:
    """The video that the auditor derives; waits until the log has caught up with what learning says."""
    path = f"/api/audit/hours/{enrollment_id}"

    def derived() -> int:
        lessons = auditor.get(path)["lessons"]
        return sum(int(lesson["credited_ms"]) for lesson in lessons)

    eventually(lambda: derived() == learned_ms)
    return derived()
