"""Nobody learns without a verified identity, and no face is used without consent (R16)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

from services.audit.domain.discrepancy import Fault, fault
from services.audit.domain.facts import Facts
from services.audit.domain.rule import rule
from services.audit.domain.times import SKEW
from shared.events.learning import LessonEntered
from shared.events.proctor import (
    ConsentGiven,
    ConsentWithdrawn,
    FaceCheckPassed,
    IdentityRefused,
    IdentityVerified,
    JobQueued,
)

NEVER = datetime.max.replace(tzinfo=UTC)


@rule("identity.verified", "R16", LessonEntered, IdentityVerified, IdentityRefused)
def identity_verified(facts: Facts) -> Iterator[Fault]:
    """The identity was verified before the first lesson was entered, and each verification was concluded
    once."""
    verified = facts.of_person(IdentityVerified)
    for entered in sorted(facts.own(LessonEntered), key=lambda each: each.published.time)[:1]:
        if not any(event.published.time <= entered.published.time + SKEW for event in verified):
            yield fault("A lesson was entered before the identity was verified", entered)
    seen: dict[str, IdentityVerified | IdentityRefused] = {}
    concluded: list[IdentityVerified | IdentityRefused] = [*verified, *facts.of_person(IdentityRefused)]
    for event in concluded:
        if (first := seen.setdefault(event.verification_id, event)) is not event:
            yield fault("A verification was concluded twice", first, event)


@rule("consent.given", "R16", ConsentGiven, ConsentWithdrawn, IdentityVerified, FaceCheckPassed, JobQueued)
def consent_given(facts: Facts) -> Iterator[Fault]:
    """A picture of a face is sent to be judged only between a consent and its withdrawal; a check, only when
    the identity was verified under the same consent."""
    yield from _steps(facts)
    spans, verified = _spans(facts), facts.of_person(IdentityVerified)
    for event in verified:
        job, consents = facts.job_of(event), _consents(facts)
        for step in [event, *([job] if job else [])]:
            before = [each for each in consents if each.published.sequence < step.published.sequence]
            if not before or isinstance(before[-1], ConsentWithdrawn):
                yield fault("An identity was verified without consent", *before[-1:], step)
    known = [_sent_at(facts, event) for event in verified]
    for session in facts.sessions:
        for passed in session.all(FaceCheckPassed):
            at = _sent_at(facts, passed)
            held = [span for span in spans if _within(at, span)]
            if not any(_within(when, span) and when <= at + SKEW for span in held for when in known):
                yield fault(
                    "A face check was answered without consent, or without a verified identity", passed
                )


def _steps(facts: Facts) -> Iterator[Fault]:
    """A consent to the same text is given once before it is withdrawn, and withdrawn once."""
    for before, after in pairwise(_consents(facts)):
        if before == after:
            yield fault("A consent was given or withdrawn twice in a row", before, after)
    for first in _consents(facts)[:1]:
        if isinstance(first, ConsentWithdrawn):
            yield fault("A consent was withdrawn that was never given", first)


def _consents(facts: Facts) -> list[ConsentGiven | ConsentWithdrawn]:
    return [event for event in facts.events_of_person if isinstance(event, ConsentGiven | ConsentWithdrawn)]


def _spans(facts: Facts) -> list[tuple[datetime, datetime]]:
    """From when to when there was a consent."""
    spans: list[tuple[datetime, datetime]] = []
    since: datetime | None = None
    for event in _consents(facts):
        if isinstance(event, ConsentGiven):
            since = since or event.published.time
        elif since is not None:
            spans.append((since, event.published.time))
            since = None
    return spans if since is None else [*spans, (since, NEVER)]


def _sent_at(facts: Facts, decision: IdentityVerified | FaceCheckPassed) -> datetime:
    job = facts.job_of(decision)
    return job.published.time if job else decision.published.time


def _within(at: datetime, span: tuple[datetime, datetime]) -> bool:
    return span[0] <= at + SKEW and at - SKEW <= span[1]
