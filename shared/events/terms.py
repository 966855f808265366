"""Words that several services share: roles, licence categories, lesson kinds, the policy of a plan."""

from dataclasses import dataclass
from enum import StrEnum


class LicenceCategory(StrEnum):
    """执业资格类别: which licence the study renews (R2)."""

    LEVEL_TWO = "level_two"  # 二级造价工程师
    LEVEL_ONE = "level_one"  # 一级造价工程师


class LessonKind(StrEnum):
    """课程类型: towards which hours a lesson counts (R7)."""

    COMPULSORY = "compulsory"  # 通用知识必修
    ELECTIVE = "elective"  # 专业选修


class Channel(StrEnum):
    """缴费渠道: the way the money came (R11)."""

    WECHAT = "wechat"  # 微信支付
    ALIPAY = "alipay"  # 支付宝
    TRANSFER = "transfer"  # 对公转账


class Role(StrEnum):
    """参与者角色: who takes part; the claim `role` of an access token."""

    LEARNER = "learner"  # 学员
    ORGANISATION = "organisation"  # 培训机构
    PROVINCE = "province"  # 省住建厅
    OPERATOR = "operator"  # 运维
    AUDITOR = "auditor"  # 审计


@dataclass(frozen=True, kw_only=True)
class StudyPolicy:
    """学习政策: what the guide leaves open (⚙ in the domain rules), set for each plan (R7–R34)."""

    hour_seconds: int = 2_700  # R7: one 学时 is 45 minutes of video
    compulsory_hours: int = 40  # R7
    elective_hours: int = 40  # R7
    study_months: int = 3  # R9: calendar months from class opening
    report_period_s: int = 15  # R23: the player reports its position this often
    bank_s: int = 60  # R23: wall clock that passed while playing and was not spent stays spendable up to this
    silence_s: int = 60  # R23: a session without a report for longer than this is over
    slack_s: int = 2  # R24: a video is covered when at most this much is missing
    check_deadline_s: int = 60  # R18: a face check must be answered within this time
    check_attempts: int = 3  # R18: failed checks in a row before the cool-down
    cooldown_s: int = 600  # R18
    automatic_confirmation: bool = False  # R28: clean hours are confirmed without a person
    evidence_days: int = 30  # R34: face images are kept this long after the certificate
