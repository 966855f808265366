"""A passed check rests on pictures of this person, taken for it, that matched (R16, R18, R20)."""

from collections.abc import Iterator

from services.audit.domain.discrepancy import Fault, fault
from services.audit.domain.facts import Facts
from services.audit.domain.rule import rule
from shared.events.proctor import (
    Evidence,
    FaceCheckPassed,
    IdentityVerified,
    JobDone,
    JobKind,
    JobQueued,
)

Decision = FaceCheckPassed | IdentityVerified
MATCH, SPOOF = "match", "spoof"


@rule("check.evidence", "R18 R20", FaceCheckPassed, JobQueued, JobDone)
def check_evidence(facts: Facts) -> Iterator[Fault]:
    """A passed check names a match within its threshold, and pictures that were sent to answer this check
    and no other; where the worker's answer is in the log, it says the same."""
    seen: dict[str, Decision] = {
        key: verified for verified in facts.of_person(IdentityVerified) for key in _pictures(verified)
    }
    for passed in facts.of_person(FaceCheckPassed):
        for key in _pictures(passed):
            first = seen.setdefault(key, passed)
            same = isinstance(first, FaceCheckPassed) and first.check_id == passed.check_id
            if not same and facts.enrollment_id in (passed.enrollment_id, _study_of(first)):
                yield fault("Two decisions rest on one picture", first, passed)
    for session in facts.sessions:
        for passed in session.all(FaceCheckPassed):
            yield from _judged(facts, passed, session.job_of(passed))
        yield from _doubled(session.jobs())


@rule("check.person", "R18 R33", FaceCheckPassed, JobQueued)
def check_person(facts: Facts) -> Iterator[Fault]:
    """The pictures of a passed check are this person's, and so is the reference that they were compared
    with."""
    for session in facts.sessions:
        for passed in session.all(FaceCheckPassed):
            job = session.job_of(passed)
            if passed.person_id != facts.person_id:
                yield fault("A face check of another person was passed", passed)
            if not all(_belongs(key, facts.person_id) for key in passed.evidence.object_keys):
                yield fault("A face check rests on pictures of another person", passed)
            if job and (job.owner != facts.person_id or not _belongs(job.reference_key, facts.person_id)):
                yield fault("A face check was compared with another person", job, passed)


@rule("identity.evidence", "R16 R20", IdentityVerified, JobQueued, JobDone)
def identity_evidence(facts: Facts) -> Iterator[Fault]:
    """A verified identity names a match within its threshold and figures of liveness, and pictures of this
    person that were sent for this verification, compared with the declared photo of this person."""
    jobs = [job for job in facts.of_person(JobQueued) if job.kind is JobKind.LIVENESS]
    yield from _doubled(jobs)
    for verified in facts.of_person(IdentityVerified):
        job = facts.job_of(verified)
        yield from _judged(facts, verified, job)
        if job and not job.prompts:
            yield fault("A verification asked for no movement", job, verified)
        if not verified.evidence.liveness:
            yield fault("A verified identity names no figure of liveness", verified)
        if not all(_belongs(key, facts.person_id) for key in verified.evidence.object_keys):
            yield fault("An identity was verified with pictures of another person", verified)
        if job and not _belongs(job.reference_key, facts.person_id):
            yield fault("An identity was compared with another person", job, verified)


def _judged(facts: Facts, decision: Decision, job: JobQueued | None) -> Iterator[Fault]:
    evidence = decision.evidence
    if evidence.outcome != MATCH or evidence.antispoof == SPOOF:
        yield fault(f"Rests on the outcome {evidence.outcome}, antispoof {evidence.antispoof}", decision)
    if evidence.distance is None or not 0 <= evidence.distance <= evidence.threshold:
        yield fault(
            f"Rests on the distance {evidence.distance}, the threshold is {evidence.threshold}", decision
        )
    if job is None:
        yield fault("Rests on pictures that nobody sent", decision)
    elif not set(job.frame_keys) <= set(evidence.object_keys):
        yield fault("Rests on other pictures than were sent", job, decision)
    else:
        for done in facts.jobs_done.get(job.job_id, []):
            if not _agrees(done, evidence):
                yield fault("The face worker said something else", done, decision)


def _agrees(done: JobDone, evidence: Evidence) -> bool:
    figures = done.figures
    said = (done.outcome, figures.get("distance"), done.model, done.model_version)
    same = said == (evidence.outcome, evidence.distance, evidence.model, evidence.model_version)
    return same and figures.get("threshold", evidence.threshold) == evidence.threshold


def _pictures(decision: Decision) -> list[str]:
    return decision.evidence.object_keys


def _study_of(decision: Decision) -> str | None:
    return decision.enrollment_id if isinstance(decision, FaceCheckPassed) else None


def _doubled(jobs: list[JobQueued]) -> Iterator[Fault]:
    seen: dict[str, JobQueued] = {}
    for job in jobs:
        if (first := seen.setdefault(job.job_id, job)) is not job:
            yield fault("A picture was sent twice to be judged", first, job)


def _belongs(key: str | None, person_id: str | None) -> bool:
    """Keys of a person's pictures name the person."""
    return key is not None and person_id is not None and person_id in key.split("/")
