"""What the learner is told about a report that was refused (R23)."""

from services.learning.domain.errors import (
    CheckPending,
    ReportAfterEnd,
    ReportAfterWindow,
    ReportImpossible,
    ReportOutOfOrder,
    ReportRefused,
    ReportTooLate,
    SeekAhead,
    TooFast,
    WrongRate,
)
from services.learning.domain.playback import RefusalReason, ReportOutcome

ERRORS: dict[RefusalReason, type[ReportRefused]] = {
    RefusalReason.ENDED: ReportAfterEnd,
    RefusalReason.SILENT: ReportTooLate,
    RefusalReason.WINDOW_CLOSED: ReportAfterWindow,
    RefusalReason.CHECK_PENDING: CheckPending,
    RefusalReason.OUT_OF_ORDER: ReportOutOfOrder,
    RefusalReason.IMPOSSIBLE: ReportImpossible,
    RefusalReason.WRONG_RATE: WrongRate,
    RefusalReason.SEEK_AHEAD: SeekAhead,
    RefusalReason.TOO_FAST: TooFast,
}


def refusal_of(outcome: ReportOutcome) -> ReportRefused:
    """The refusal, with the number and the position to go on from. Needs an outcome with a reason."""
    if outcome.refusal is None:
        raise ValueError("the report was not refused")
    return ERRORS[outcome.refusal](
        next_report=outcome.next_report,
        position_ms=outcome.position_ms,
        covered_ms=outcome.covered_ms,
        state=outcome.state.value,
    )
