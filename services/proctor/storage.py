"""Photos, face profiles and watches in MongoDB."""

from datetime import datetime

import mongoengine as me

from services.proctor.domain import FaceProfile, Photo, VerificationState, Watch
from services.proctor.domain.check import CheckState
from services.proctor.domain.jobs import job_id
from services.proctor.domain.photo import PhotoStatus
from shared.persistence.documents import AggregateDocument
from shared.persistence.repository import Repository

ALIAS = "proctor"


class PhotoDocument(AggregateDocument):
    """申报照片."""

    meta = {"db_alias": ALIAS, "collection": "photos", "auto_create_index": False, "indexes": []}
    category = me.StringField(required=True)
    sha256 = me.StringField(required=True)
    object_key = me.StringField(required=True)
    uploaded_at = me.DateTimeField(required=True)
    status = me.StringField(required=True)
    outcome = me.StringField()
    figures = me.DictField()
    adopted_by = me.ListField(me.StringField())


class FaceProfileDocument(AggregateDocument):
    """人脸档案."""

    meta = {"db_alias": ALIAS, "collection": "profiles", "auto_create_index": False, "indexes": []}
    declared_key = me.StringField()
    consent_version = me.StringField()
    consented_at = me.DateTimeField()
    reference_key = me.StringField()
    verifications = me.ListField(me.DictField())


class WatchDocument(AggregateDocument):
    """监看."""

    meta = {
        "db_alias": ALIAS,
        "collection": "watches",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["enrollment_id", "-entered_at"], "name": "latest"},
            {
                "fields": ["wake_at"],
                "name": "waking",
                "partialFilterExpression": {"wake_at": {"$type": "date"}},
            },
        ],
    }
    enrollment_id = me.StringField(required=True)
    person_id = me.StringField(required=True)
    lesson_id = me.StringField(required=True)
    entered_at = me.DateTimeField(required=True)
    duration_ms = me.IntField(required=True)
    covered_ms = me.IntField(required=True)
    reached_ms = me.IntField(required=True)
    draws_unforeseen = me.BooleanField(required=True)
    sealed_seed = me.StringField(required=True)
    policy = me.DictField()
    before = me.DictField()
    checks = me.ListField(me.DictField())
    over = me.BooleanField()
    wake_at = me.DateTimeField()


def open_jobs(photos: "Photos", profiles: "FaceProfiles", watches: "Watches") -> dict[str, datetime]:
    """Jobs that the face worker has not answered, each with a time before which it was not queued."""
    examining = {"status": PhotoStatus.EXAMINING.value}
    found = {it.id: it.uploaded_at for it in photos.each(**examining)}
    for profile in profiles.each(**{"verifications.state": VerificationState.EXAMINING.value}):
        for each in profile.verifications:
            if each.state is VerificationState.EXAMINING:
                found[job_id(profile.id, each.id)] = each.begun_at
    for watch in watches.each(**{"checks.state": CheckState.EXAMINING.value}):
        for check in watch.checks:
            if check.state is CheckState.EXAMINING:
                found[job_id(check.id, str(len(check.frame_keys)))] = watch.entered_at
    return found


class Photos(Repository[Photo]):
    """申报照片."""

    aggregate = Photo
    document = PhotoDocument


class FaceProfiles(Repository[FaceProfile]):
    """人脸档案."""

    aggregate = FaceProfile
    document = FaceProfileDocument


class Watches(Repository[Watch]):
    """监看."""

    aggregate = Watch
    document = WatchDocument
