"""What proctor does when something happened, on real stores."""

from datetime import timedelta
from io import BytesIO
from itertools import count

import pytest
from structlog.testing import capture_logs

from services.proctor.application import checks, sessions
from services.proctor.domain import CheckState, object_keys
from services.proctor.domain.check import CheckClosed
from services.proctor.domain.photo import PhotoNotAccepted, PhotoStatus
from services.proctor.domain.schedule import seed_hash, unforeseen_moment
from services.proctor.storage import ProctoredSessions
from services.proctor.tests.builders import (
    FIGURES,
    NOW,
    VALUE,
    a_photo,
    a_picture,
    a_value,
    an_answer,
    an_entry,
    new_id,
    published,
)
from services.proctor.tests.world import recorded, types
from shared.domain.clock import utc_now
from shared.domain.errors import NotFound
from shared.events.envelope import decode
from shared.events.learning import CheckDue, Ending, SessionEnded
from shared.events.proctor import (
    ConsentWithdrawn,
    FaceCheckFailed,
    FaceCheckPassed,
    FaceCheckRequested,
    JobKind,
    PhotoExamined,
    ReviewRequested,
    ScheduleDrawn,
    ScheduleRevealed,
)
from shared.security.leases import Lease, LeaseInvalid, LeaseOpener


def event_of(repository, id, event_class):
    """The last event of this class that an aggregate recorded."""
    entries = repository.rows.find_one({"_id": id})["outbox"]
    return [decode(entry["body"]) for entry in entries if entry["type"] == event_class.TYPE][-1]


def events_of(world, session_ids, event_class):
    """What these sessions recorded of a class, in their order."""
    rows = [world.sessions.rows.find_one({"_id": id}) for id in session_ids]
    entries = [entry for row in rows for entry in row["outbox"] if entry["type"] == event_class.TYPE]
    return [decode(entry["body"]) for entry in entries]


def due(session_id, covered_ms, **meta):
    ids = {"enrollment_id": "enrollment-1", "person_id": "person-1", "lesson_id": "lesson-1"}
    now = utc_now()
    return published(CheckDue(session_id=session_id, covered_ms=covered_ms, reached_at=now, **ids), **meta)


def ended(session_id, ending=Ending.SILENT):
    ids = {"enrollment_id": "enrollment-1", "person_id": "person-1", "lesson_id": "lesson-1"}
    now = utc_now()
    return published(
        SessionEnded(session_id=session_id, ending=ending, covered_ms=0, reports=0, ended_at=now, **ids)
    )


def moment_of(world, session_id):
    """Of the unforeseen check, in ms of credited video."""
    return world.sessions.get(session_id).unforeseen_at(world.seed_of(session_id))


def frame_sent(world, session_id):
    world.sessions.update(
        session_id, lambda session: session.answer(f"{session_id}-start", "f", "r", utc_now())
    )


def start_passed(world, session_id):
    frame_sent(world, session_id)
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


def test_an_entry_draws_one_seed_however_often_it_arrives_and_asks_nothing(world):
    learner = world.learner()
    entry = published(an_entry(new_id(), person_id=learner.person_id, enrollment_id=new_id()))
    for _ in range(2):
        world.service.begin_session(entry)
    assert recorded(world.sessions, entry.session_id) == types(ScheduleDrawn)
    assert not world.sessions.get(entry.session_id).over


def test_learnings_value_asks_the_start_check_however_often_it_arrives(world):
    session_id = world.drawn(world.learner())
    mixed = world.value_for(session_id)
    with capture_logs() as logs:
        for _ in range(2):
            world.service.mix_schedule(mixed)
    assert logs == []  # a repeat is no second value
    assert recorded(world.sessions, session_id) == types(ScheduleDrawn, FaceCheckRequested)


def test_a_value_that_comes_before_its_session_is_tried_again_later(world):
    with pytest.raises(NotFound):
        world.service.mix_schedule(published(a_value(new_id())))


def test_a_second_value_and_one_for_another_commitment_are_ignored_and_logged(world):
    first, other = world.entered(world.learner()), world.drawn(world.learner())
    with capture_logs() as logs:
        world.service.mix_schedule(world.value_for(first, value="ff" * 32))
        world.service.mix_schedule(published(a_value(other)))
    assert [(line["event"], line["session_id"]) for line in logs] == [
        ("schedule.value_ignored", first),
        ("schedule.value_ignored", other),
    ]
    assert (world.sessions.get(first).value, world.sessions.get(other).value) == (VALUE, None)
    assert recorded(world.sessions, other) == types(ScheduleDrawn)


def test_the_seed_is_kept_sealed_and_matches_its_hash_when_revealed(world):
    session_id = world.entered(world.learner())
    row = world.sessions.rows.find_one({"_id": session_id})
    world.service.end_session(ended(session_id))
    revealed = event_of(world.sessions, session_id, ScheduleRevealed)
    assert revealed.seed not in str(row)
    drawn = event_of(world.sessions, session_id, ScheduleDrawn)
    assert drawn.seed_hash == seed_hash(bytes.fromhex(revealed.seed))
    moment = unforeseen_moment(bytes.fromhex(revealed.seed), VALUE, session_id, 0, 60_000)
    assert revealed.unforeseen_at_ms == moment


def test_the_lease_of_a_passed_check_can_be_read_by_learning_alone(world):
    session_id = world.entered(world.learner())
    start_passed(world, session_id)
    lease, moment = event_of(world.sessions, session_id, FaceCheckPassed).lease, moment_of(world, session_id)
    assert LeaseOpener(world.lease_key).open(lease) == Lease(
        session_id=session_id, check_id=f"{session_id}-start", until_ms=moment
    )
    with pytest.raises(LeaseInvalid):
        LeaseOpener(world.signing_key).open(lease)


@pytest.mark.parametrize("change", [{}, {"enrollment_id": "another", "lesson_id": "lesson-2"}])
def test_a_newer_session_of_the_person_ends_the_older_one(world, change):
    learner = world.learner()
    older = world.entered(learner)
    newer = world.entered(learner, **change)
    assert world.sessions.get(older).over
    assert event_of(world.sessions, older, FaceCheckFailed).reason == "left"
    assert not world.sessions.get(newer).over


class NewSessionsObserved(ProctoredSessions):
    """Notes which of the person's sessions go on at the moment when a new one is stored."""

    def add(self, aggregate, *, because=None):
        self.went_on = [*self.going_on_before(aggregate.entered_at, aggregate.person_id)]
        return super().add(aggregate, because=because)


def test_older_sessions_are_over_before_the_new_one_can_be_answered(world):
    """Once it is stored, learning may answer its draw at once: what was left must count by then (R18)."""
    learner, observed = world.learner(), NewSessionsObserved()
    older = world.entered(learner)
    entry = published(an_entry(new_id(), person_id=learner.person_id))
    sessions.begin(observed, world.runtime.seeds, entry, utc_now())
    assert observed.went_on == []
    assert world.sessions.get(older).streak.failures == 1


def test_entries_in_the_wrong_order_leave_the_newest_session_open(world):
    learner = world.learner()
    newest = world.entered(learner)
    late = world.drawn(learner, turn=world.sessions.get(newest).turn - 1)
    assert world.sessions.get(late).over
    assert not world.sessions.get(newest).over


def test_the_clock_of_who_let_them_in_decides_nothing(world):
    """Two servers of learning an hour apart: the session that goes on there goes on here too."""
    learner = world.learner()
    older = world.entered(learner, time=utc_now() + timedelta(hours=1))
    newer = world.entered(learner)
    assert world.sessions.get(older).over
    assert not world.sessions.get(newer).over


def test_a_used_up_lease_brings_the_unforeseen_check_however_often_it_is_told(world):
    session_id = world.entered(world.learner())
    start_passed(world, session_id)
    told = due(session_id, moment_of(world, session_id))
    with capture_logs() as logs:
        for event in (told, told, due(session_id, told.covered_ms)):
            world.service.request_unforeseen_check(event)
    assert [line["event"] for line in logs] == ["check.not_due"]  # of the last: the second is a repeat
    checks = [event.check_id for event in events_of(world, [session_id], FaceCheckRequested)]
    assert checks == [f"{session_id}-start", f"{session_id}-unforeseen"]


def test_the_time_to_answer_runs_from_the_request_however_late_the_event(world):
    session_id = world.entered(world.learner())
    start_passed(world, session_id)
    late = due(session_id, moment_of(world, session_id), time=utc_now() - timedelta(hours=1))
    before = utc_now()
    world.service.request_unforeseen_check(late)
    deadline = event_of(world.sessions, session_id, FaceCheckRequested).deadline
    assert before <= deadline - timedelta(seconds=60) <= utc_now()


def test_a_lease_that_is_not_used_up_brings_no_check_and_a_line_in_the_log(world):
    session_id = world.entered(world.learner())
    start_passed(world, session_id)
    with capture_logs() as logs:
        world.service.request_unforeseen_check(due(session_id, moment_of(world, session_id) - 1))
    assert [line["event"] for line in logs] == ["check.not_due"]
    assert len(world.sessions.get(session_id).checks) == 1


@pytest.mark.parametrize("handler", ["request_unforeseen_check", "end_session"])
def test_what_comes_before_its_session_is_tried_again_later(world, handler):
    event = due(new_id(), 1) if handler == "request_unforeseen_check" else ended(new_id())
    with pytest.raises(NotFound):
        getattr(world.service, handler)(event)


def test_the_end_of_a_session_ends_it_once(world):
    session_id = world.entered(world.learner())
    over = ended(session_id, Ending.STOPPED)
    for _ in range(2):
        world.service.end_session(over)
    assert recorded(world.sessions, session_id).count(ScheduleRevealed.TYPE) == 1
    assert world.sessions.get(session_id).checks[0].state is CheckState.CANCELLED


def test_a_match_that_is_delivered_after_the_end_still_passes(world):
    session_id = world.entered(world.learner())
    frame_sent(world, session_id)
    world.service.end_session(ended(session_id, Ending.WINDOW_CLOSED))
    world.service.conclude(
        published(an_answer(f"{session_id}-start-1", "match"), time=utc_now() + timedelta(days=1))
    )
    assert event_of(world.sessions, session_id, FaceCheckPassed).check_id == f"{session_id}-start"


def test_the_workers_answer_passes_the_check_once(world):
    session_id = world.entered(world.learner())
    start_passed(world, session_id)
    world.service.conclude(published(an_answer(f"{session_id}-start-1", "match")))
    assert recorded(world.sessions, session_id).count(FaceCheckPassed.TYPE) == 1


def test_time_fails_missed_checks_and_ends_cool_downs(world):
    learner = world.learner()
    quick = {"check_deadline_s": -1, "check_attempts": 1, "cooldown_s": 3_600}
    missed = world.entered(learner, **quick)
    world.service.pass_time()
    assert event_of(world.sessions, missed, FaceCheckFailed).reason == "missed"
    cooling = world.entered(learner, **quick)
    world.service.pass_time()
    assert world.sessions.get(cooling).checks[0].state is CheckState.COOLING
    waiting = world.entered(learner, **quick | {"cooldown_s": 0})
    assert world.sessions.get(waiting).checks[0].state is CheckState.REQUESTED


def test_an_answer_whose_picture_takes_longer_than_the_deadline_is_too_late(world):
    """Storing a frame takes a minute here: the write asks for the time again (R18)."""
    learner = world.verified()
    session_id = world.entered(learner)
    check = world.sessions.get(session_id).checks[0]
    at = iter([check.deadline - timedelta(seconds=1), check.deadline + timedelta(seconds=59)])
    parts = (world.sessions, world.profiles, world.runtime.images, learner.person_id)
    with pytest.raises(CheckClosed):
        checks.answer(*parts, check.id, BytesIO(a_picture()), lambda: next(at))
    assert world.sessions.get(session_id).checks[0].state is CheckState.REQUESTED


def test_each_check_of_a_long_round_has_its_whole_deadline(world):
    """Here the round takes ten seconds a session: what is requested late in it is due later (R18)."""
    cooling = [a_cooling_session(world) for _ in range(2)]
    after_cool_down, reads = utc_now() + timedelta(hours=2), count()
    sessions.pass_time(world.sessions, lambda: after_cool_down + timedelta(seconds=10 * next(reads)))
    first, second = (world.sessions.get(id).checks[0].deadline for id in cooling)
    assert abs(second - first) >= timedelta(seconds=10)


def a_cooling_session(world):
    """One that was entered after a missed check, with an hour to wait."""
    learner = world.learner()
    quick = {"check_deadline_s": -1, "check_attempts": 1, "cooldown_s": 3_600}
    world.entered(learner, **quick)
    world.service.pass_time()
    return world.entered(learner, **quick)


def test_failures_count_per_person_in_whatever_lesson_and_enrolment(world):
    learner = world.learner()
    dropped = [world.entered(learner, lesson_id=f"lesson-{number}") for number in range(3)]
    cooling = world.entered(learner, lesson_id="lesson-3")
    assert [event.reason for event in events_of(world, dropped, FaceCheckFailed)] == ["left"] * 3
    assert [event.failures for event in events_of(world, dropped, ReviewRequested)] == [3]
    assert world.sessions.get(cooling).checks[0].state is CheckState.COOLING
    other = world.entered(world.learner())
    assert world.sessions.get(other).checks[0].state is CheckState.REQUESTED


def test_a_session_in_which_nothing_was_asked_does_not_end_a_streak(world):
    learner = world.learner()
    for _ in range(3):
        world.entered(learner)
        world.drawn(learner)
    assert world.sessions.get(world.entered(learner)).checks[0].state is CheckState.COOLING


def test_a_frame_of_an_older_session_that_is_judged_late_counts_in_the_newer_ones(world):
    learner = world.learner()
    judged_late = world.entered(learner)
    frame_sent(world, judged_late)
    newer = [world.entered(learner), world.entered(learner)]
    assert [world.sessions.get(id).streak.failures for id in newer] == [1, 1]
    mismatch = published(an_answer(f"{judged_late}-start-1", "mismatch"))
    for _ in range(2):
        world.service.conclude(mismatch)
    assert [world.sessions.get(id).streak.failures for id in newer] == [2, 2]
    assert world.sessions.get(world.entered(learner)).checks[0].state is CheckState.COOLING


def test_a_cool_down_that_a_late_judgement_brings_is_not_outrun(world):
    """The third failure is judged when the next check is already asked, and that one is left as well."""
    learner = world.learner()
    for _ in range(2):
        world.entered(learner)
    judged_late = world.entered(learner)
    frame_sent(world, judged_late)
    asked_meanwhile = world.entered(learner)
    assert world.sessions.get(asked_meanwhile).checks[0].state is CheckState.REQUESTED
    world.service.conclude(published(an_answer(f"{judged_late}-start-1", "mismatch")))
    assert world.sessions.get(world.entered(learner)).checks[0].state is CheckState.COOLING
    assert world.sessions.get(asked_meanwhile).streak.failures == 4


def test_two_hundred_entries_that_drop_a_pending_check_cool_down_and_leave_their_traces(world):
    """Entering again instead of answering: each check that was left is in the log, each third cools down."""
    learner, now, entries, cool_downs = world.learner(), NOW, [], 0
    for _ in range(200):
        entry = an_entry(new_id(), person_id=learner.person_id, enrollment_id=new_id())
        sessions.begin(world.sessions, world.runtime.seeds, published(entry, time=now), now)
        mixed = world.value_for(entry.session_id)
        sessions.mix(world.sessions, world.runtime.seeds, mixed, now)
        check = world.sessions.get(entry.session_id).checks[0]
        if check.state is CheckState.COOLING:
            cool_downs, now = cool_downs + 1, check.opens_at
            sessions.pass_time(world.sessions, lambda now=now: now)
        assert world.sessions.get(entry.session_id).checks[0].state is CheckState.REQUESTED
        entries.append(entry.session_id)
        now += timedelta(seconds=5)
    failed = events_of(world, entries, FaceCheckFailed)
    assert [(event.session_id, event.reason) for event in failed] == [(id, "left") for id in entries[:-1]]
    assert cool_downs == 199 // 3
    assert [event.failures for event in events_of(world, entries, ReviewRequested)] == list(range(3, 200, 3))
    assert now - NOW >= timedelta(hours=11)  # not the 17 minutes that the entries took
