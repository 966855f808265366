"""Studies and learners in MongoDB."""

from services.learning.domain import Learner, Study
from services.learning.storage.service import SERVICE
from shared.persistence.documents import document_of
from shared.persistence.repository import Repository


class Studies(Repository[Study]):
    """Studies by the id of their enrolment."""

    aggregate = Study
    document = document_of(
        Study, "studies", service=SERVICE, indexes=[{"fields": ["person_id"], "name": "person"}]
    )

    def of_person(self, person_id: str) -> list[Study]:
        """The newest 100 of a person, the newest first."""
        return self.find(order="-opened_at", person_id=person_id)


class Learners(Repository[Learner]):
    """Learners by the id of the person."""

    aggregate = Learner
    document = document_of(Learner, "learners", service=SERVICE)

    def of(self, person_id: str) -> Learner:
        """The person's standing; somebody of whom nothing is known yet is not verified (R16)."""
        return self.get_or(Learner(id=person_id))
