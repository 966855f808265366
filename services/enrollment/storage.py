"""Plans and enrolments in MongoDB."""

import mongoengine as me

from services.enrollment.domain import Enrollment, Plan
from services.enrollment.domain.enrollment import SecondDeclaration
from shared.persistence.documents import AggregateDocument
from shared.persistence.repository import Repository

ALIAS = "enrollment"


class PlanDocument(AggregateDocument):
    """培训计划."""

    meta = {
        "db_alias": ALIAS,
        "collection": "plans",
        "auto_create_index": False,
        "indexes": [{"fields": ["organisation", "batch"]}, {"fields": ["-class_opens_at"]}],
    }
    organisation = me.StringField(required=True)
    batch = me.StringField(required=True)
    category = me.StringField(required=True)
    specialty = me.StringField(required=True)
    mode = me.StringField(required=True)
    course_id = me.StringField(required=True)
    seats = me.IntField(required=True)
    fee_fen = me.IntField(required=True)
    place = me.StringField()
    contact = me.StringField()
    registration_from = me.DateTimeField(required=True)
    registration_until = me.DateTimeField(required=True)
    class_opens_at = me.DateTimeField(required=True)
    policy = me.DictField()
    taken = me.MapField(me.DateTimeField())


class EnrollmentDocument(AggregateDocument):
    """报名; `one_open_declaration` holds rule R6 whatever the concurrency."""

    meta = {
        "db_alias": ALIAS,
        "collection": "enrollments",
        "auto_create_index": False,
        "indexes": [
            {
                "fields": ["person_id", "open_category"],
                "unique": True,
                "name": "one_open_declaration",
                "partialFilterExpression": {"open_category": {"$type": "string"}},
            },
            {"fields": ["plan_id", "status"]},
            {"fields": ["status", "paid", "class_opens_at"]},
        ],
    }
    plan_id = me.StringField(required=True)
    person_id = me.StringField(required=True)
    organisation = me.StringField(required=True)
    batch = me.StringField(required=True)
    category = me.StringField(required=True)
    specialty = me.StringField(required=True)
    course_id = me.StringField(required=True)
    fee_fen = me.IntField(required=True)
    class_opens_at = me.DateTimeField(required=True)
    policy = me.DictField()
    photo_id = me.StringField(required=True)
    personal = me.StringField(required=True)
    status = me.StringField(required=True)
    paid = me.BooleanField()
    open_category = me.StringField()
    followed = me.IntField()
    history = me.ListField(me.DictField())


class Plans(Repository[Plan]):
    """培训计划."""

    aggregate = Plan
    document = PlanDocument


class Enrollments(Repository[Enrollment]):
    """报名."""

    aggregate = Enrollment
    document = EnrollmentDocument
    conflicts = {"one_open_declaration": SecondDeclaration}
