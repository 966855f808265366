"""学时台账: kept from the events of play sessions; learner, organisation and auditor read it (R25, R31)."""

from contextlib import suppress
from dataclasses import dataclass

from services.learning.domain import PlaySession, Study
from services.learning.domain.access import check_may_see_hours
from services.learning.domain.ledger import LedgerBatch, LessonLedger, batch_id, ledger_of
from services.learning.domain.progress import LessonProgress
from services.learning.storage import Courses, Learners, Ledger, PlaySessions, Studies
from shared.domain.principal import Principal
from shared.events.learning import PlaybackRecorded
from shared.persistence.repository import AlreadyExists


@dataclass(frozen=True, kw_only=True)
class LedgerPage:
    """One page of an enrolment's ledger, the oldest batch first, and what its lessons came to as a whole.

    `up_to_date`: nothing that was published is still on its way to the ledger.
    """

    study: Study
    lessons: list[tuple[LessonProgress, LessonLedger]]
    batches: list[LedgerBatch]
    sessions: dict[str, PlaySession]  # those of the batches, by id
    number: int
    pages: int
    up_to_date: bool


@dataclass(frozen=True, kw_only=True)
class LedgerReading:
    """What may be read of the ledger, and by whom."""

    studies: Studies
    courses: Courses
    learners: Learners
    sessions: PlaySessions
    ledger: Ledger

    def page(self, who: Principal, enrollment_id: str, number: int) -> LedgerPage:
        """Page `number`, from 1; the last one ends with what the session that goes on has not published yet.

        Raises NotFound, Forbidden.
        """
        study = self.studies.get(enrollment_id)
        check_may_see_hours(who, study, self.courses.get(study.course_id))
        session = self._playing(study)
        unpublished = self._unpublished(session)
        pages, batches = self.ledger.pages(enrollment_id), self.ledger.page_of(enrollment_id, number)
        if unpublished and number == pages and unpublished.id not in {batch.id for batch in batches}:
            batches.append(unpublished)
        return LedgerPage(
            study=study,
            lessons=self._lessons(study, session, unpublished),
            batches=batches,
            sessions=self.sessions.of_ids({batch.session_id for batch in batches}),
            number=number,
            pages=pages,
            up_to_date=self._is_up_to_date(session),
        )

    def _playing(self, study: Study) -> PlaySession | None:
        session = self.sessions.of_turn(self.learners.of(study.person_id).turn)
        return session if session and session.enrollment_id == study.id else None

    def _unpublished(self, session: PlaySession | None) -> LedgerBatch | None:
        batch = LedgerBatch.unpublished(session) if session else None
        return None if batch is None or self.ledger.has(batch.id) else batch

    def _is_up_to_date(self, session: PlaySession | None) -> bool:
        last = session.batch.number - 1 if session else 0
        return session is None or last == 0 or self.ledger.has(batch_id(session.id, last))

    def _lessons(
        self, study: Study, session: PlaySession | None, unpublished: LedgerBatch | None
    ) -> list[tuple[LessonProgress, LessonLedger]]:
        totals = self.ledger.totals(study.id)
        return [
            (progress, ledger_of(progress, *totals.get(progress.lesson_id, ([], 0)), session, unpublished))
            for progress in study.lessons
        ]


def keep(ledger: Ledger, recorded: PlaybackRecorded) -> None:
    """记账: a batch is kept once, by its session and number."""
    with suppress(AlreadyExists):
        ledger.add(LedgerBatch.of(recorded))
