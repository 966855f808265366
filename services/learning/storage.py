"""Where courses, studies and learners are kept."""

import mongoengine as me

from services.learning.domain.course import Course
from services.learning.domain.learner import Learner
from services.learning.domain.study import Study
from shared.persistence.documents import AggregateDocument
from shared.persistence.repository import Repository


class CourseDocument(AggregateDocument):
    """课程."""

    meta = {
        "db_alias": "learning",
        "collection": "courses",
        "indexes": [{"fields": ["organisation"], "name": "organisation"}],
        "auto_create_index": False,
    }
    organisation = me.StringField(required=True)
    title = me.StringField(required=True)
    specialty = me.StringField(required=True)
    status = me.StringField(required=True)
    lessons = me.ListField(me.DictField())


class StudyDocument(AggregateDocument):
    """学习."""

    meta = {
        "db_alias": "learning",
        "collection": "studies",
        "indexes": [{"fields": ["person_id"], "name": "person"}],
        "auto_create_index": False,
    }
    person_id = me.StringField(required=True)
    course_id = me.StringField(required=True)
    opened_at = me.DateTimeField(required=True)
    closes_at = me.DateTimeField(required=True)
    policy = me.DictField()
    lessons = me.ListField(me.DictField())
    sessions = me.DictField()
    started_at = me.DateTimeField()
    completed_at = me.DateTimeField()


class LearnerDocument(AggregateDocument):
    """学员."""

    meta = {"db_alias": "learning", "collection": "learners", "auto_create_index": False}
    verified = me.BooleanField(required=True)
    withdrawn = me.ListField(me.StringField())
    turn = me.DictField(null=True)


class Courses(Repository[Course]):
    """Courses by id."""

    aggregate = Course
    document = CourseDocument


class Studies(Repository[Study]):
    """Studies by the id of their enrolment."""

    aggregate = Study
    document = StudyDocument


class Learners(Repository[Learner]):
    """Learners by the id of the person."""

    aggregate = Learner
    document = LearnerDocument
