"""Courses in MongoDB."""

from services.learning.domain import Course
from services.learning.storage.service import SERVICE
from shared.persistence.documents import document_of
from shared.persistence.repository import Repository


class Courses(Repository[Course]):
    """Courses by id."""

    aggregate = Course
    document = document_of(
        Course,
        "courses",
        service=SERVICE,
        indexes=[{"fields": ["organisation"], "name": "organisation"}],
    )
