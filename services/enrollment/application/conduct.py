"""行为记录: what learning and proctor note about a learner's conduct, until it is a case (R26)."""

from dataclasses import replace

from services.enrollment.domain.cheating import CheatingPolicy
from services.enrollment.domain.conduct import Conduct, id_of
from services.enrollment.domain.records import ConductEvent, record_of
from services.enrollment.storage import Conducts
from shared.events.enrollment import AppealDecided, CaseDismissed


def note(conducts: Conducts, event: ConductEvent, policy: CheatingPolicy) -> None:
    """记录: what weighs nothing is not even written; nearly all that is honest."""
    record = record_of(event)
    weighing = {kind: count for kind, count in record.notes.counts.items() if policy.weighs(kind)}
    if weighing:
        record = replace(record, notes=replace(record.notes, counts=weighing))
        conducts.upsert(Conduct.of(record), lambda conduct: conduct.note(record, policy), because=event)


def settle(conducts: Conducts, decided: CaseDismissed | AppealDecided) -> None:
    """不成立: what a person has looked at counts no more. Raises NotFound."""
    conducts.update(
        id_of(decided.enrollment_id),
        lambda conduct: conduct.settle(decided.case_id, decided.published.time),
        because=decided,
    )
