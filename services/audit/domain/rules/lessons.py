"""A lesson is complete: video covered, checks passed, quiz answered (R22, R24)."""

from collections.abc import Iterator

from services.audit.domain.discrepancy import Fault, fault
from services.audit.domain.facts import Facts
from services.audit.domain.rule import rule
from services.audit.domain.times import SKEW, came_before
from shared.events.learning import (
    CoursePublished,
    LessonCompleted,
    LessonEntered,
    PlaybackRecorded,
    QuizAnswered,
    SessionEnded,
)
from shared.events.proctor import FaceCheckPassed, Moment


@rule("course.published", "R22", CoursePublished, LessonEntered)
def course_published(facts: Facts) -> Iterator[Fault]:
    """Lessons that are entered belong to the course of the enrolment and are for learners of its specialty;
    the course was published once before, with the duration that they have."""
    entered = facts.own(LessonEntered)
    same = [event for event in facts.events if isinstance(event, CoursePublished) and event == facts.course]
    if len(same) > 1:
        yield fault("A course was published twice", *same)
    if facts.course is None:
        yield from (fault("The log lacks the course of a lesson", event) for event in entered[:1])
        return
    durations = {lesson.lesson_id: lesson.duration_ms for lesson in facts.lessons}
    for event in entered:
        if durations.get(event.lesson_id) != event.duration_ms:
            yield fault("A lesson is not the one of the course", facts.course, event)
        if came_before(event, facts.course):
            yield fault("A lesson was entered before its course was published", facts.course, event)


@rule("quiz.answered", "R24 R9", QuizAnswered, LessonCompleted, CoursePublished)
def quiz_answered(facts: Facts) -> Iterator[Fault]:
    """Before a lesson is complete, each question of its quiz has been answered, rightly or not; a quiz
    is done with the answer to its last question, within the study window."""
    for completed in facts.own(LessonCompleted):
        asked = facts.questions_of(completed.lesson_id)
        done = [answer for answer in facts.answers(completed.lesson_id) if answer.quiz_done]
        if asked and not done:
            yield fault("A lesson was completed, and its quiz never answered to the end", completed)
        elif done and all(came_before(completed, answer) for answer in done):
            yield fault("A lesson was completed before its quiz was done", completed, done[0])
    for lesson_id in {answer.lesson_id for answer in facts.own(QuizAnswered)}:
        answered: set[str] = set()
        for answer in facts.answers(lesson_id):
            answered.add(answer.question_id)
            if answer.quiz_done != (len(answered) >= facts.questions_of(lesson_id)):
                yield fault(f"The quiz is done: {answer.quiz_done}, after {len(answered)} questions", answer)
            if facts.is_outside_window(answer.published.time):
                yield fault("A question was answered outside the study window", answer)


@rule(
    "lesson.completed",
    "R24 R17 R18",
    LessonCompleted,
    PlaybackRecorded,
    SessionEnded,
    FaceCheckPassed,
    CoursePublished,
)
def lesson_completed(facts: Facts) -> Iterator[Fault]:
    """A lesson is completed once, with the credit that its reports give, all of its video but the slack
    covered, and both its face checks passed within the study window."""
    seen: dict[str, LessonCompleted] = {}
    for event in facts.own(LessonCompleted):
        if (first := seen.setdefault(event.lesson_id, event)) is not event:
            yield fault("A lesson was completed twice", first, event)
        yield from _covered(facts, event)
        yield from _checks(facts, event)


def _covered(facts: Facts, event: LessonCompleted) -> Iterator[Fault]:
    lesson = facts.hours.lessons[event.lesson_id]
    if lesson.kind is not event.kind or lesson.duration_ms is None:
        yield fault("A lesson is not the one of the course", event)
    if event.credited_ms != lesson.credited_ms:
        yield fault(f"Published {event.credited_ms} ms credited, counted {lesson.credited_ms} ms", event)
    if (lesson.duration_ms or 0) - lesson.credited_ms > facts.policy.slack_s * 1000:
        yield fault("Not all of the video was watched", event)
    for session in facts.sessions_by_lesson.get(event.lesson_id, []):
        for batch, _ in session.accepted()[-1:]:
            if came_before(event, batch):
                yield fault("A lesson was completed before its video was watched", event, batch)


def _checks(facts: Facts, event: LessonCompleted) -> Iterator[Fault]:
    sessions = facts.sessions_by_lesson.get(event.lesson_id, [])
    passed = {check.check_id: check for session in sessions for check in session.all(FaceCheckPassed)}
    named = [passed[check_id] for check_id in event.check_ids if check_id in passed]
    if len(named) != len(event.check_ids) or len(set(event.check_ids)) != len(event.check_ids):
        yield fault("A completed lesson names a face check that was not passed in it", event)
    if {check.moment for check in named} != set(Moment):
        yield fault("A completed lesson lacks its start check or its unforeseen check", event)
    for check in named:
        if came_before(event, check):
            yield fault("A lesson was completed before its face check was passed", check, event)
        if facts.closes_at and check.published.time > facts.closes_at + SKEW:
            yield fault("A face check was passed after the study window had closed", check, event)
