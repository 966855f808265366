"""The journey: what a learner, an impostor and the staff do, step by step, through the public API."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from testkit.actors import certification_steps, enrolment_steps, lesson_steps
from testkit.actors.journey_state import JourneyState

STEPS: tuple[tuple[str, str, Callable[[JourneyState], str]], ...] = (
    ("机构发布课程与培训计划", "organisation publishes course and plan", enrolment_steps.publish),
    ("个人申报 (照片审查)", "learner declares, with an examined photo", enrolment_steps.declare),
    ("机构审核通过", "organisation approves", enrolment_steps.approve),
    ("扫码缴费", "learner pays by WeChat Pay (stand-in, signed)", enrolment_steps.pay),
    ("激活账户并登录", "one-time code, password, log in", enrolment_steps.activate),
    ("实名认证 (合成视频)", "consent, photo, liveness (SYNTHETIC frames)", enrolment_steps.verify),
    ("第一课: 冒名者", "lesson 1: an impostor answers a check", lesson_steps.impostor),
    ("第一课: 学完", "lesson 1: re-entry, to the end, quiz", lesson_steps.first_lesson),
    ("第二课: 倍速与快进", "lesson 2: double speed and seeking earn nothing", lesson_steps.cheat),
    ("第二课: 学完", "lesson 2: to the end, quiz", lesson_steps.second_lesson),
    ("学时审核与机构确认", "hours audited by rules, organisation confirms", certification_steps.confirm),
    ("上报省级", "learner reports to the province", certification_steps.report),
    ("省级审核", "province approves", certification_steps.decide),
    ("下载并验证证书", "certificate: download, verify by anyone", certification_steps.certify),
    ("审计重算学时", "auditor re-derives the hours from the log", certification_steps.audit),
)


@dataclass
class Step:
    """A step that has been taken; all that it caused carries its trace."""

    chinese: str
    english: str
    trace_id: str
    seconds: float
    note: str


@dataclass(kw_only=True)
class Journey(JourneyState):
    """Plays all steps; `on_step` is called after each."""

    on_step: Callable[[Step], None]
    steps: list[Step] = field(default_factory=list)

    def play(self) -> None:
        """Take every step in order. Raises at the first result that is not as it must be."""
        for chinese, english, act in STEPS:
            self._take(chinese, english, act)

    def _take(self, chinese: str, english: str, act: Callable[[JourneyState], str]) -> None:
        trace = secrets.token_hex(16)
        for person in (self.organisation, self.province, self.auditor, self.learner):
            person.client.trace_id = trace
        started = time.monotonic()
        note = act(self)
        self.steps.append(Step(chinese, english, trace, time.monotonic() - started, note))
        self.on_step(self.steps[-1])
