"""Which event may be handled next: subjects side by side, the events of one subject one after the other."""

from collections import deque
from typing import Any, Generic, TypeVar

from eventlet.queue import LightQueue

J = TypeVar("J")


class SubjectQueues(Generic[J]):
    """Jobs by subject. A worker that has taken one calls `done` with its subject."""

    def __init__(self) -> None:
        self._ready: Any = LightQueue()
        self._behind = dict[str, deque[J]]()  # of the subjects that are ready or at work
        self._count = 0

    def put(self, subject: str, job: J) -> None:
        """Behind earlier ones of its subject."""
        self._count += 1
        if subject in self._behind:
            self._behind[subject].append(job)
            return
        self._behind[subject] = deque()
        self._ready.put((subject, job))

    def take(self) -> tuple[str, J]:
        """The next job that may be handled; waits for it."""
        taken: tuple[str, J] = self._ready.get()
        return taken

    def done(self, subject: str) -> None:
        """The next job of the subject may follow."""
        self._count -= 1
        behind = self._behind[subject]
        if behind:
            self._ready.put((subject, behind.popleft()))
        else:
            del self._behind[subject]

    @property
    def idle(self) -> bool:
        """Whether there is no job, neither waiting nor at work."""
        return self._count == 0
