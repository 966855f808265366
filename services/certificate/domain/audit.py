"""学时审核: the hours of a study, judged by rules, each with the events that it rests on (R28)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.certificate.domain.evidence import (
    AuditEvidence,
    Completion,
    Derivation,
    Extension,
    FaceCheck,
    Opening,
    StudyEnd,
)
from services.certificate.domain.person import Identity
from shared.events.certificate import Finding, Verdict
from shared.events.proctor import Moment
from shared.events.terms import LessonKind

MAX_CLOCK_DIFFERENCE = timedelta(seconds=1)  # between the machines of two services
Basis = (
    Opening | Extension | Identity | Completion | FaceCheck | Derivation
)  # what a finding may rest on, beside the end of the study


@dataclass(frozen=True, kw_only=True)
class HoursAudit:
    """学时审核: the hours that count, and a finding for each rule; clean when every rule held."""

    compulsory_hours: int
    elective_hours: int
    findings: list[Finding]

    @property
    def verdict(self) -> Verdict:
        """审核结论 (R28)."""
        return Verdict.CLEAN if all(finding.held for finding in self.findings) else Verdict.DOUBTFUL


def audit(evidence: AuditEvidence) -> HoursAudit:
    """Judge the evidence that has arrived; what is missing is a rule that does not hold."""
    opening, study = evidence.opening, evidence.study
    if opening is None or study is None:
        return HoursAudit(compulsory_hours=0, elective_hours=0, findings=[_missing(opening, study)])
    judge = _Judge(evidence, opening, study)
    compulsory, elective = judge.hours(LessonKind.COMPULSORY), judge.hours(LessonKind.ELECTIVE)
    return HoursAudit(compulsory_hours=compulsory, elective_hours=elective, findings=list(judge.findings()))


def _missing(opening: Opening | None, study: StudyEnd | None) -> Finding:
    ids = [known.event_id for known in (opening, study) if known is not None]
    return Finding(
        rule="R8", held=False, says="The opening or the end of the study is unknown", event_ids=ids
    )


class _Judge:
    def __init__(self, evidence: AuditEvidence, opening: Opening, study: StudyEnd) -> None:
        self._evidence, self._opening, self._study = evidence, opening, study
        self._policy = opening.policy
        self._lessons = {id: evidence.lessons[id] for id in study.lesson_ids if id in evidence.lessons}

    def hours(self, kind: LessonKind) -> int:
        """Whole hours of completed lessons, at most the plan's; a lesson's slack costs none (R7, R24)."""
        credited = [lesson.credited_ms for lesson in self._lessons.values() if lesson.kind is kind]
        watched = sum(credited) + len(credited) * self._policy.slack_s * 1000
        return min(watched // (self._policy.hour_seconds * 1000), self._needed(kind))

    def findings(self) -> Iterator[Finding]:
        """One for each rule."""
        yield self._total()
        yield self._window()
        yield self._identity()
        yield self._checks()
        yield self._credit()
        yield self._lessons_watched()
        yield from self._derived()

    def _needed(self, kind: LessonKind) -> int:
        policy = self._policy
        return policy.compulsory_hours if kind is LessonKind.COMPULSORY else policy.elective_hours

    def _total(self) -> Finding:
        earned = {kind: (self.hours(kind), self._needed(kind)) for kind in LessonKind}
        says = ", ".join(f"{kind} {have} of {need} hours" for kind, (have, need) in earned.items())
        return self._finding(
            "R7", all(have >= need for have, need in earned.values()), says, *self._completions()
        )

    def _window(self) -> Finding:
        study, opening, extension = self._study, self._opening, self._evidence.extension
        closes_at = max(opening.closes_at, extension.closes_at) if extension else opening.closes_at
        held = opening.opened_at <= study.started_at <= study.completed_at <= closes_at
        basis: list[Basis] = [opening, extension] if extension else [opening]
        return self._finding("R9", held, f"Studied from {study.started_at} to {study.completed_at}", *basis)

    def _identity(self) -> Finding:
        """Verified before the first lesson was entered."""
        identity = self._evidence.identity
        if identity is None:
            return self._finding("R16", False, "No verification of the identity is known")
        held = identity.verified_at <= self._study.started_at + MAX_CLOCK_DIFFERENCE
        return self._finding("R16", held, f"Identity verified at {identity.verified_at}", identity)

    def _checks(self) -> Finding:
        """Each lesson's own checks, of both moments, were passed."""
        lacking = [id for id in self._study.lesson_ids if self._moments(id) != set(Moment)]
        says = f"{len(lacking)} lessons lack a passed face check at the start or at the unforeseen moment"
        return self._finding("R17/R18", not lacking, says, *self._passed(*self._study.lesson_ids))

    def _credit(self) -> Finding:
        """The lessons' credit adds up to the study's, and took at least as much time."""
        study = self._study
        sums = {
            kind: sum(lesson.credited_ms for lesson in self._lessons.values() if lesson.kind is kind)
            for kind in LessonKind
        }
        stated = {LessonKind.COMPULSORY: study.compulsory_ms, LessonKind.ELECTIVE: study.elective_ms}
        passed = (study.completed_at - study.started_at) // timedelta(milliseconds=1)
        says = f"{sum(sums.values())} ms credited in {passed} ms, {sum(stated.values())} ms stated"
        held = sums == stated and sum(sums.values()) <= passed
        return self._finding("R23", held, says, *self._completions())

    def _lessons_watched(self) -> Finding:
        unwatched = [id for id in self._study.lesson_ids if not self._watched(id)]
        says = f"{len(unwatched)} of {len(self._study.lesson_ids)} lessons are not watched to the end"
        return self._finding("R24", not unwatched, says, *self._completions())

    def _derived(self) -> Iterator[Finding]:
        """The auditor agrees, and comes to what the study states; its faults one by one (R28, R31)."""
        derived, study = self._evidence.derivation, self._study
        if derived is None:
            yield self._finding("R31", False, "The auditor has not answered in time 审计未在时限内答复")
            return
        for fault in derived.faults:
            says = f"The auditor disputes 审计复核有异议: {fault.code}: {fault.says}"
            yield self._finding("R31", False, says, derived, also=fault.event_ids)
        same = (derived.compulsory_ms, derived.elective_ms) == (study.compulsory_ms, study.elective_ms)
        if not derived.faults or derived.faults_left_out or not same:
            yield self._finding("R31", derived.agrees and same, _counted(derived), derived)

    def _watched(self, lesson_id: str) -> bool:
        lesson, duration = self._lessons.get(lesson_id), self._evidence.durations_ms.get(lesson_id)
        if lesson is None or duration is None:
            return False
        return duration - lesson.credited_ms <= self._policy.slack_s * 1000

    def _moments(self, lesson_id: str) -> set[Moment]:
        return {check.moment for check in self._passed(lesson_id)}

    def _passed(self, *lesson_ids: str) -> list[FaceCheck]:
        lessons = [self._lessons[id] for id in lesson_ids if id in self._lessons]
        named = [id for lesson in lessons for id in lesson.check_ids]
        checks = [self._evidence.checks[id] for id in named if id in self._evidence.checks]
        return [check for check in checks if check.passed and check.lesson_id in lesson_ids]

    def _completions(self) -> list[Completion]:
        return list(self._lessons.values())

    def _finding(self, rule: str, held: bool, says: str, *basis: Basis, also: Sequence[str] = ()) -> Finding:
        ids = [*also, *(known.event_id for known in basis)]
        return Finding(rule=rule, held=held, says=says, event_ids=[*ids, self._study.event_id])


def _counted(derived: Derivation) -> str:
    """What the auditor counted; whether it agrees stands beside."""
    counted = f"{derived.compulsory_ms} + {derived.elective_ms} ms by the auditor's own count 审计复核时长"
    left_out = derived.faults_left_out
    return f"{counted}, {left_out} more faults 另有差异" if left_out else counted
