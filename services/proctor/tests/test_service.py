"""What proctor does when something happened, on real stores."""

from datetime import timedelta

import pytest

from services.proctor.domain import CheckState, object_keys
from services.proctor.domain.photo import PhotoNotAccepted, PhotoStatus
from services.proctor.domain.schedule import seed_hash, unforeseen_moment
from services.proctor.tests.builders import (
    FIGURES,
    a_photo,
    a_picture,
    an_answer,
    an_entry,
    new_id,
    published,
)
from services.proctor.tests.world import recorded
from shared.domain.clock import utc_now
from shared.domain.errors import NotFound
from shared.events.envelope import decode
from shared.events.learning import LessonCompleted, LessonPaused, PlaybackCredited
from shared.events.proctor import (
    ConsentWithdrawn,
    FaceCheckFailed,
    FaceCheckPassed,
    FaceCheckRequested,
    JobKind,
    PhotoExamined,
    ScheduleRevealed,
)
from shared.events.terms import LessonKind


def event_of(repository, id, event_class):
    """The last event of this class that an aggregate recorded."""
    entries = repository.rows.find_one({"_id": id})["outbox"]
    return [decode(entry["body"]) for entry in entries if entry["type"] == event_class.TYPE][-1]


def credited(session_id, covered_ms):
    now = utc_now()
    return published(
        PlaybackCredited(
            enrollment_id="enrollment-1",
            person_id="person-1",
            lesson_id="lesson-1",
            session_id=session_id,
            report=1,
            from_ms=0,
            to_ms=covered_ms,
            anchored_at=now,
            received_at=now,
            budget_ms=covered_ms,
            covered_ms=covered_ms,
        )
    )


def paused(session_id):
    ids = {"enrollment_id": "e", "person_id": "p", "lesson_id": "l", "check_id": "c"}
    return published(LessonPaused(session_id=session_id, **ids))


def completed(enrollment_id, **meta):
    return published(
        LessonCompleted(
            enrollment_id=enrollment_id,
            person_id="p",
            lesson_id="lesson-1",
            kind=LessonKind.COMPULSORY,
            credited_ms=60_000,
            check_ids=[],
        ),
        **meta,
    )


def start_passed(world, session_id):
    world.sessions.update(
        session_id, lambda session: session.answer(f"{session_id}-start", "f", "r", utc_now())
    )
    world.service.conclude(published(an_answer(f"{session_id}-start-1", "match")))


def test_a_declared_photo_moves_to_the_persons_key(world):
    learner, photo_id = world.learner(), world.accepted_photo()
    declared = world.declaration(learner.person_id, photo_id)
    for _ in range(2):  # delivered twice
        world.service.adopt_photo(declared)
    key = object_keys.declared_photo(learner.person_id, declared.enrollment_id)
    assert world.photo_bucket.get_sealed(learner.person_id, key) == a_picture()
    assert world.profiles.get(learner.person_id).declared_key == key
    assert world.photos.get(photo_id).adopted_by == [declared.enrollment_id]


def test_a_declaration_with_a_photo_that_was_not_accepted_is_not_taken(world):
    learner, photo = world.learner(), world.photos.add(a_photo(id=world.runtime.keyring.new_owner()))
    with pytest.raises(PhotoNotAccepted):
        world.service.adopt_photo(world.declaration(learner.person_id, photo.id))
    with pytest.raises(NotFound):
        world.profiles.get(learner.person_id)


@pytest.mark.parametrize(("faces", "outcome", "kept"), [(1, "ok", True), (2, "several_faces", False)])
def test_a_refused_photo_is_deleted_at_once(world, faces, outcome, kept):
    id = world.runtime.keyring.new_owner()
    key = object_keys.examined_photo(id)
    world.photo_bucket.put_sealed(id, key, a_picture())
    world.photos.add(a_photo(id=id, object_key=key))
    figures = FIGURES | {"faces": faces}
    world.service.conclude(published(an_answer(id, outcome, kind=JobKind.PHOTO, figures=figures)))
    assert (world.photos.get(id).status is PhotoStatus.ACCEPTED) is kept
    assert event_of(world.photos, id, PhotoExamined).accepted is kept
    if not kept:
        with pytest.raises(NotFound):
            world.photo_bucket.get(key)


def test_the_verified_photo_becomes_the_reference(world):
    learner = world.verified()
    key = world.profiles.get(learner.person_id).reference()
    assert world.photo_bucket.get_sealed(learner.person_id, key) == a_picture()


def test_withdrawn_consent_deletes_reference_and_embedding(world):
    learner = world.verified()
    key = world.profiles.get(learner.person_id).reference()
    world.photo_bucket.put_sealed(learner.person_id, object_keys.embedding_of(key), b"{}")
    assert learner.delete("consent").status_code == 204
    world.service.delete_references(published(ConsentWithdrawn(person_id=learner.person_id)))
    for gone in (key, object_keys.embedding_of(key)):
        with pytest.raises(NotFound):
            world.photo_bucket.get(gone)


def test_a_match_that_comes_after_the_withdrawal_leaves_no_reference(world):
    learner = world.declared()
    learner.consent()
    id = learner.begin(a_picture()).json()["verification_id"]
    learner.film(id, [a_picture()] * 20)
    learner.delete("consent")
    done = an_answer(f"{learner.person_id}-{id}", "match", kind=JobKind.LIVENESS)
    world.service.conclude(published(done))
    with pytest.raises(NotFound):
        world.photo_bucket.get(object_keys.reference_photo(learner.person_id, id))


def test_an_entry_begins_one_watch_however_often_it_arrives(world):
    learner = world.learner()
    entry = published(an_entry(new_id(), person_id=learner.person_id, enrollment_id=new_id()))
    for _ in range(2):
        world.service.begin_session(entry)
    assert recorded(world.sessions, entry.session_id).count(FaceCheckRequested.TYPE) == 1
    assert not world.sessions.get(entry.session_id).over


def test_the_seed_is_kept_sealed_and_matches_its_hash_when_revealed(world):
    session_id = world.entered(world.learner())
    row = world.sessions.rows.find_one({"_id": session_id})
    world.service.end_session(paused(session_id))
    revealed = event_of(world.sessions, session_id, ScheduleRevealed)
    assert revealed.seed not in str(row)
    drawn = decode(world.sessions.rows.find_one({"_id": session_id})["outbox"][0]["body"])
    assert drawn.seed_hash == seed_hash(bytes.fromhex(revealed.seed))
    moment = unforeseen_moment(bytes.fromhex(revealed.seed), session_id, 0, 60_000)
    assert revealed.unforeseen_at_ms == moment


def test_a_newer_session_ends_the_older_one(world):
    learner, enrollment_id = world.learner(), new_id()
    older = world.entered(learner, enrollment_id=enrollment_id)
    newer = world.entered(learner, enrollment_id=enrollment_id, lesson_id="lesson-2")
    assert world.sessions.get(older).over
    assert not world.sessions.get(newer).over


def test_entries_in_the_wrong_order_leave_the_newest_session_open(world):
    learner, enrollment_id = world.learner(), new_id()
    newest = world.entered(learner, enrollment_id=enrollment_id)
    late = an_entry(new_id(), person_id=learner.person_id, enrollment_id=enrollment_id)
    world.service.begin_session(published(late, time=utc_now() - timedelta(seconds=5)))
    assert world.sessions.get(late.session_id).over
    assert not world.sessions.get(newest).over


def test_credit_brings_the_unforeseen_check_at_its_moment(world):
    session_id = world.entered(world.learner())
    start_passed(world, session_id)
    moment = world.sessions.get(session_id).unforeseen_at(
        world.runtime.seeds.unseal(world.sessions.get(session_id))
    )
    world.service.follow(credited(session_id, moment - 1))
    assert len(world.sessions.get(session_id).checks) == 1
    world.service.follow(credited(session_id, moment))
    assert event_of(world.sessions, session_id, FaceCheckRequested).check_id == f"{session_id}-unforeseen"


def test_a_report_before_its_session_is_tried_again_later(world):
    with pytest.raises(NotFound):
        world.service.follow(credited(new_id(), 1_000))


def test_the_end_of_a_lesson_ends_the_sessions_in_it_but_no_later_one(world):
    enrollment_id = new_id()
    session_id = world.entered(world.learner(), enrollment_id=enrollment_id)
    world.service.end_sessions(completed(enrollment_id, time=utc_now() - timedelta(seconds=5)))
    assert not world.sessions.get(session_id).over
    world.service.end_sessions(completed(enrollment_id))
    assert world.sessions.get(session_id).over


def test_the_workers_answer_passes_the_check_once(world):
    session_id = world.entered(world.learner())
    start_passed(world, session_id)
    world.service.conclude(published(an_answer(f"{session_id}-start-1", "match")))
    assert recorded(world.sessions, session_id).count(FaceCheckPassed.TYPE) == 1


def test_time_fails_missed_checks_and_ends_cool_downs(world):
    learner, enrollment_id = world.learner(), new_id()
    quick = {"enrollment_id": enrollment_id, "check_deadline_s": -1, "check_attempts": 1, "cooldown_s": 3_600}
    missed = world.entered(learner, **quick)
    world.service.pass_time()
    assert event_of(world.sessions, missed, FaceCheckFailed).reason == "missed"
    cooling = world.entered(learner, **quick)
    world.service.pass_time()
    assert world.sessions.get(cooling).checks[0].state is CheckState.COOLING
    waiting = world.entered(learner, **quick | {"cooldown_s": 0})
    assert world.sessions.get(waiting).checks[0].state is CheckState.REQUESTED
