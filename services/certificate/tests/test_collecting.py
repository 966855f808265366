"""Events become evidence in a record, in whatever order and however often they come (R16, R28)."""

import pytest

from services.certificate.application import collecting, decisions
from services.certificate.domain import RecordStatus
from services.certificate.tests.builders import NOW, Study, personal_json, published
from shared.domain.errors import NotFound
from shared.events.enrollment import DeclarationWithdrawn


@pytest.fixture
def study(person):
    return Study(person=person)


@pytest.fixture
def declared(runtime, study):
    return study.declared(runtime.keyring.seal_text(study.person, personal_json(), "declaration"))


def open_record(runtime, declared):
    collecting.open_record(runtime.records, runtime.persons, runtime.keyring, declared)


def learn(runtime, study):
    for event in study.events:
        if event is not study.verified:
            collecting.learn(runtime.records, event, NOW)


def test_an_identity_verified_before_the_declaration_counts(runtime, study, declared):
    collecting.verify_identity(runtime.records, runtime.persons, study.verified)
    open_record(runtime, declared)
    learn(runtime, study)
    assert runtime.records.get(study.enrollment).status is RecordStatus.ORGANISATION_REVIEW


def test_an_identity_verified_after_everything_else_counts(runtime, study, declared):
    open_record(runtime, declared)
    learn(runtime, study)
    assert runtime.records.get(study.enrollment).status is RecordStatus.COLLECTING
    collecting.verify_identity(runtime.records, runtime.persons, study.verified)
    assert runtime.records.get(study.enrollment).status is RecordStatus.ORGANISATION_REVIEW


def test_events_that_come_again_change_nothing(runtime, study, declared):
    open_record(runtime, declared)
    collecting.verify_identity(runtime.records, runtime.persons, study.verified)
    learn(runtime, study)
    before = runtime.records.get(study.enrollment)
    open_record(runtime, declared)
    collecting.verify_identity(runtime.records, runtime.persons, study.verified)
    learn(runtime, study)
    assert runtime.records.get(study.enrollment) == before


def test_an_event_before_its_declaration_is_refused_and_comes_again(runtime, study):
    with pytest.raises(NotFound):
        collecting.learn(runtime.records, study.opened, NOW)


def test_what_a_learner_withdrew_is_audited_no_more(runtime, study, declared):
    open_record(runtime, declared)
    withdrawn = DeclarationWithdrawn(**study.ids, reason="换单位", paid=False)
    decisions.withdraw(runtime.records, published(withdrawn, study.enrollment, sequence=2))
    collecting.verify_identity(runtime.records, runtime.persons, study.verified)
    learn(runtime, study)
    record = runtime.records.get(study.enrollment)
    assert (record.status, record.result) == (RecordStatus.WITHDRAWN, None)
