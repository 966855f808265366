"""Who may see and change a proctored session."""

from collections.abc import Callable

from shared.domain.access import only_where


def owned_by(person_id: str) -> Callable[[object], None]:
    """Authorises the learner whose session it is. Raises NotFound for anybody else."""
    return only_where("ProctoredSession", person_id=person_id)
