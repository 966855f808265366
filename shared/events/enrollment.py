"""What enrollment (报名) publishes."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.events.base import Event, event
from shared.events.terms import LicenceCategory, StudyPolicy

SEALED_AS = "declaration"  # the context under which a declaration's personal data are sealed


@event("enrollment.plan.published.v1")
class PlanPublished(Event):
    """培训计划发布: an organisation opened a training plan for declarations (R1)."""

    plan_id: str
    organisation: str  # 培训机构
    batch: str  # 培训班次
    category: LicenceCategory
    specialty: str  # 专业
    course_id: str
    seats: int  # 计划人数
    fee_fen: int
    registration_from: datetime
    registration_until: datetime
    class_opens_at: datetime  # 开班
    policy: StudyPolicy


@event("enrollment.declaration.submitted.v1")
class DeclarationSubmitted(Event):
    """个人申报提交: a learner declared for a plan, or corrected a rejected declaration (R2, R5)."""

    enrollment_id: str
    plan_id: str
    person_id: str
    organisation: str
    batch: str
    category: LicenceCategory
    specialty: str
    fee_fen: int
    photo_id: str  # the examined declaration photo (proctor)
    personal: str  # JSON of PersonalData, sealed with the person's key, context "declaration"


@event("enrollment.declaration.approved.v1")
class DeclarationApproved(Event):
    """审核通过: the organisation accepted the declaration; it cannot be changed any more (R5)."""

    enrollment_id: str
    person_id: str
    reviewer_id: str


@event("enrollment.declaration.rejected.v1")
class DeclarationRejected(Event):
    """审核不通过: the organisation sent the declaration back with a reason (R5)."""

    enrollment_id: str
    person_id: str
    reviewer_id: str
    reason: str


@event("enrollment.declaration.withdrawn.v1")
class DeclarationWithdrawn(Event):
    """本人强制办结: the learner ended the enrolment; the seat is released (R5)."""

    enrollment_id: str
    person_id: str
    reason: str
    paid: bool  # a refund is due


@event("enrollment.learning.opened.v1")
class LearningOpened(Event):
    """开通学习: approved and paid and the class has started (R8); the window closes at `closes_at` (R9)."""

    enrollment_id: str
    person_id: str
    plan_id: str
    course_id: str
    specialty: str
    opened_at: datetime
    closes_at: datetime
    policy: StudyPolicy


@event("enrollment.enrollment.advanced.v1")
class EnrollmentAdvanced(Event):
    """办理进度: the enrolment moved on because of what another service published; part of 事项查询 (R5)."""

    enrollment_id: str
    person_id: str
    from_status: str
    to_status: str


@event("enrollment.enrollment.expired.v1")
class EnrollmentExpired(Event):
    """过期: the study window was over before everything was learned; a new enrolment is needed (R6, R9)."""

    enrollment_id: str
    person_id: str
    closed_at: datetime


@event("enrollment.enrollment.reinstated.v1")
class EnrollmentReinstated(Event):
    """恢复报名: an expired enrolment goes on: completed in time, or extended for an outage of ours (R9)."""

    enrollment_id: str
    person_id: str
    to_status: str


class ExtensionCause(StrEnum):
    """顺延原因: why a study window closes later (R9, R26)."""

    OUTAGE = "outage"  # 系统故障
    SUSPENSION = "suspension"  # 暂停学习, which was lifted


@event("enrollment.window.extended.v1")
class WindowExtended(Event):
    """学习期顺延: the study window closes at `closes_at`, never earlier than it did before (R9)."""

    enrollment_id: str
    person_id: str
    closes_at: datetime
    extended_ms: int  # against the end before
    cause: ExtensionCause
    outage_ids: list[str] = field(default_factory=list)


class OutageSource(StrEnum):
    """故障来源: who noticed an outage (R9)."""

    MONITOR = "monitor"  # 系统监测
    OPERATOR = "operator"  # 运维登记


@event("enrollment.outage.began.v1")
class OutageBegan(Event):
    """故障开始: learners cannot learn, because of us; each open window will be extended (R9)."""

    outage_id: str
    began_at: datetime
    source: OutageSource
    component: str
    reason: str
    recorded_by: str | None  # the operator's account


@event("enrollment.outage.recorded.v1")
class OutageRecorded(Event):
    """故障记录: from `began_at` until `ended_at` learners could not learn, because of us (R9)."""

    outage_id: str
    began_at: datetime
    ended_at: datetime
    source: OutageSource
    component: str
    reason: str
    recorded_by: str | None  # the operator's account who ended it


@dataclass(frozen=True, kw_only=True)
class CaseFact:
    """案件事实: what was noted in one play session, and the events that show it (R26)."""

    session_id: str
    lesson_id: str
    noted_at: datetime  # the newest of it
    counts: dict[str, int]  # kind of record → how often
    points: int
    event_ids: list[str]


@event("enrollment.case.opened.v1")
class CaseOpened(Event):
    """立案: enough signs of cheating came together in an enrolment; a person has to decide (R26)."""

    case_id: str
    enrollment_id: str
    person_id: str
    points: int
    threshold: int  # points from which on it is a case
    facts: list[CaseFact]
    decide_by: datetime


@event("enrollment.case.dismissed.v1")
class CaseDismissed(Event):
    """案件不成立: a person found no cheating; the enrolment goes on (R26)."""

    case_id: str
    enrollment_id: str
    person_id: str
    decided_by: str
    reason: str


@event("enrollment.case.confirmed.v1")
class CaseConfirmed(Event):
    """案件成立: a person found cheating; the learner is on the blacklist until `barred_until` (R26)."""

    case_id: str
    enrollment_id: str
    person_id: str
    decided_by: str
    reason: str
    barred_until: datetime
    appeal_until: datetime


@event("enrollment.appeal.filed.v1")
class AppealFiled(Event):
    """申诉: the learner contests a confirmed case; somebody else has to decide (R26)."""

    case_id: str
    enrollment_id: str
    person_id: str
    statement: str  # sealed with the person's key, context "appeal"
    decide_by: datetime


@event("enrollment.appeal.decided.v1")
class AppealDecided(Event):
    """申诉决定: won, it lifts the entry on the blacklist; lost, the entry stays (R26)."""

    case_id: str
    enrollment_id: str
    person_id: str
    decided_by: str
    won: bool
    reason: str


@event("enrollment.blacklist.expired.v1")
class BlacklistEntryExpired(Event):
    """黑名单到期: the learner can declare again (R26)."""

    case_id: str
    enrollment_id: str
    person_id: str
    barred_until: datetime


@event("enrollment.enrollment.suspended.v1")
class EnrollmentSuspended(Event):
    """暂停学习: a case is open; nothing is earned until it is decided (R26)."""

    enrollment_id: str
    person_id: str
    case_id: str


@event("enrollment.enrollment.resumed.v1")
class EnrollmentResumed(Event):
    """恢复学习: the case was dismissed, or an appeal won; the enrolment is what it was (R26)."""

    enrollment_id: str
    person_id: str
    case_id: str
    to_status: str


@event("enrollment.enrollment.barred.v1")
class EnrollmentBarred(Event):
    """除名: the case was confirmed; the enrolment is over, unless an appeal is won (R26)."""

    enrollment_id: str
    person_id: str
    case_id: str
