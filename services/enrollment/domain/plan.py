"""Training plans and their seats (R1)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.aggregate import Aggregate
from shared.domain.errors import DomainError, ErrorKind
from shared.events.enrollment import PlanPublished
from shared.events.terms import LicenceCategory, StudyPolicy

MAX_UNCLAIMED = timedelta(minutes=5)  # a seat without a declaration is free again after this


class Mode(StrEnum):
    """培训方式."""

    ONLINE = "online"  # 线上
    OFFLINE = "offline"  # 线下


class PlanFull(DomainError):
    """名额已满 (R1)."""

    code = "plan.full"
    kind = ErrorKind.CONFLICT
    message = "All {seats} seats are taken 名额已满."


class RegistrationClosed(DomainError):
    """不在报名时间内 (R1)."""

    code = "plan.registration_closed"
    kind = ErrorKind.CONFLICT
    message = "Declarations are taken from {opens} until {closes} 不在报名时间内."


class PlanMismatch(DomainError):
    """与培训计划不符: the declaration is for another category or specialty (R2)."""

    code = "plan.mismatch"
    message = "The plan is for another {field} 与培训计划不符."


class PlanInvalid(DomainError):
    """培训计划有误: the plan's own figures contradict each other."""

    code = "plan.invalid"
    message = "Please correct the plan: {field} 请更正培训计划."


@dataclass(kw_only=True)
class PlanTerms:
    """培训计划内容: what is offered, to whom, when and for how much."""

    batch: str  # 培训班次
    category: LicenceCategory
    specialty: str  # 专业
    mode: Mode
    course_id: str
    seats: int  # 计划人数
    fee_fen: int
    place: str
    contact: str
    registration_from: datetime
    registration_until: datetime
    class_opens_at: datetime  # 开班
    policy: StudyPolicy


@dataclass(kw_only=True)
class Plan(PlanTerms, Aggregate):
    """培训计划: the terms that an organisation offers, and who holds its seats."""

    organisation: str  # 培训机构
    taken: dict[str, datetime] = field(default_factory=dict)  # enrollment id → when its seat was taken

    def publish(self) -> None:
        """发布: anyone can see it and declare. Raises PlanInvalid."""
        for name, valid in self._figures().items():
            if not valid:
                raise PlanInvalid(field=name)
        self.record(self._published())

    def take_seat(self, enrollment_id: str, now: datetime) -> None:
        """占用名额, once for the same enrolment. Raises RegistrationClosed, PlanFull."""
        if enrollment_id in self.taken:
            return
        if not self.registration_from <= now < self.registration_until:
            raise RegistrationClosed(opens=self.registration_from, closes=self.registration_until)
        if len(self.taken) >= self.seats:
            raise PlanFull(seats=self.seats)
        self.taken[enrollment_id] = now

    def release_seat(self, enrollment_id: str) -> None:
        """释放名额; an unknown enrolment changes nothing."""
        self.taken.pop(enrollment_id, None)

    def unclaimed(self, now: datetime) -> list[str]:
        """Enrolments whose seat was taken so long ago that their declaration must exist by now."""
        return [id for id, taken_at in self.taken.items() if taken_at < now - MAX_UNCLAIMED]

    def check_fit(self, category: LicenceCategory, specialty: str) -> None:
        """Raises PlanMismatch."""
        if category != self.category:
            raise PlanMismatch(field="category")
        if specialty != self.specialty:
            raise PlanMismatch(field="specialty")

    def _figures(self) -> dict[str, bool]:
        return {
            "seats": 1 <= self.seats <= 10_000,
            "fee_fen": self.fee_fen >= 0,
            "registration_until": self.registration_from < self.registration_until,
            "hours": self.policy.compulsory_hours + self.policy.elective_hours > 0,
            "hour_seconds": self.policy.hour_seconds > 0,
            "report_period_s": 1 <= self.policy.report_period_s <= 60,
        }

    def _published(self) -> PlanPublished:
        return PlanPublished(
            plan_id=self.id,
            organisation=self.organisation,
            batch=self.batch,
            category=self.category,
            specialty=self.specialty,
            course_id=self.course_id,
            seats=self.seats,
            fee_fen=self.fee_fen,
            registration_from=self.registration_from,
            registration_until=self.registration_until,
            class_opens_at=self.class_opens_at,
            policy=self.policy,
        )
