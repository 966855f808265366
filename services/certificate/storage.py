"""Hours files and persons in MongoDB."""

import mongoengine as me

from services.certificate.domain import HoursFile, Person
from shared.persistence.documents import AggregateDocument
from shared.persistence.repository import Repository

ALIAS = "certificate"
BUCKET = "xueshi-certificates"


class HoursFileDocument(AggregateDocument):
    """学时档案."""

    meta = {
        "db_alias": ALIAS,
        "collection": "hours_files",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["person_id"]},
            {"fields": ["organisation", "status"]},
            {"fields": ["status", "study_known_at"]},
            {
                "fields": ["number"],
                "unique": True,
                "name": "one_number",
                "partialFilterExpression": {"number": {"$type": "string"}},
            },
        ],
    }
    person_id = me.StringField(required=True)
    organisation = me.StringField(required=True)
    batch = me.StringField(required=True)
    category = me.StringField(required=True)
    specialty = me.StringField(required=True)
    personal = me.StringField(required=True)
    declared_sequence = me.IntField()
    status = me.StringField(required=True)
    facts = me.DictField()
    study_known_at = me.DateTimeField()
    result = me.DictField()
    reason = me.StringField()
    number = me.StringField()
    approved_at = me.DateTimeField()
    certificate = me.DictField()


class PersonDocument(AggregateDocument):
    """学员."""

    meta = {"db_alias": ALIAS, "collection": "persons", "auto_create_index": False}
    identity = me.DictField()


class HoursFiles(Repository[HoursFile]):
    """学时档案."""

    aggregate = HoursFile
    document = HoursFileDocument


class Persons(Repository[Person]):
    """学员."""

    aggregate = Person
    document = PersonDocument
