"""The journey: what a learner, an impostor and the staff do, step by step, through the public API."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from testkit.actors.actors import Learner, Staff
from testkit.actors.camera import Camera
from testkit.actors.client import Client, Refusal, once_found, until
from testkit.actors.player import Player

HOUR_SECONDS = 15  # the demo plan's hour; plan data, not code
LESSON_TITLES = (("工程造价法规", "compulsory"), ("土木建筑计量与计价", "elective"))
POLICY = {"hour_seconds": HOUR_SECONDS, "compulsory_hours": 1, "elective_hours": 1, "report_period_s": 3}


@dataclass
class Step:
    """One step of the journey; all that it caused carries its trace."""

    chinese: str
    english: str
    trace_id: str
    seconds: float
    note: str


@dataclass
class Journey:
    """Who plays, and what came of it."""

    url: str
    organisation: Staff
    province: Staff
    auditor: Staff
    learner: Learner
    media: Path
    out: Path
    say: Callable[[Step], None]
    before: Callable[[str], None] = lambda name: None  # told the name of each step before it is taken
    steps: list[Step] = field(default_factory=list)
    found: dict[str, Any] = field(default_factory=dict)

    def play(self) -> None:
        """Everything, in order. Raises as soon as something is not as it must be."""
        self._step("机构发布课程与培训计划", "organisation publishes course and plan", self.publish)
        self._step("个人申报 (照片审查)", "learner declares, with an examined photo", self.declare)
        self._step("机构审核通过", "organisation approves", self.approve)
        self._step("扫码缴费", "learner pays by WeChat Pay (stand-in, signed)", self.pay)
        self._step("激活账户并登录", "one-time code, password, log in", self.activate)
        self._step("实名认证 (合成视频)", "consent, photo, liveness (SYNTHETIC frames)", self.verify)
        self._step("第一课: 冒名者", "lesson 1: an impostor answers a check", self.impostor)
        self._step("第一课: 学完", "lesson 1: re-entry, to the end, quiz", self.first_lesson)
        self._step("第二课: 倍速与快进", "lesson 2: double speed and seeking earn nothing", self.cheat)
        self._step("第二课: 学完", "lesson 2: to the end, quiz", self.second_lesson)
        self._step("学时审核与机构确认", "hours audited by rules, organisation confirms", self.confirm)
        self._step("上报省级", "learner reports to the province", self.report)
        self._step("省级审核", "province approves", self.decide)
        self._step("下载并验证证书", "certificate: download, verify by anyone", self.certify)
        self._step("审计重算学时", "auditor re-derives the hours from the log", self.audit)

    # ---- steps ----

    def publish(self) -> str:
        self.organisation.log_in()
        lessons = [(_lesson(title, kind), self._video(n)) for n, (title, kind) in _numbered()]
        course = self.organisation.publish_course("继续教育示范课程", lessons)
        now = datetime.now(UTC)
        plan = {
            "batch": now.strftime("%Y-%m%d-%H%M%S"),
            "category": "level_two",
            "specialty": "土木建筑",
            "course_id": course,
            "seats": 25,
            "fee_fen": 60_000,
            "place": "线上",
            "contact": "demo",
            "registration_from": (now - timedelta(days=1)).isoformat(),
            "registration_until": (now + timedelta(days=1)).isoformat(),
            "class_opens_at": (now - timedelta(minutes=1)).isoformat(),
            "policy": POLICY,
        }
        self.found["plan"] = self.organisation.client.post("/api/enrollment/plans", plan)["plan_id"]
        return f"plan {self.found['plan']}"

    def declare(self) -> str:
        self.learner.declare(self.found["plan"], (self.media / "astronaut" / "photo.jpg").read_bytes())
        return f"enrolment {self.learner.enrollment_id}"

    def approve(self) -> str:
        self.organisation.approve(self.learner.enrollment_id)
        return "approved"

    def pay(self) -> str:
        return f"order {self.learner.pay()} paid, 600.00 元"

    def activate(self) -> str:
        self.learner.activate()
        self.learner.log_in()
        return "logged in"

    def verify(self) -> str:
        until("the study", once_found(self._progress))
        state = self.learner.verify_identity(self._camera("astronaut"))
        until("learning to know it", lambda: self._progress()["verified"])
        return state

    def impostor(self) -> str:
        lesson = self._lessons()[0]
        player = self._player(lesson)
        player.enter()
        assert player.video() == self._video(1).read_bytes(), "the player got another video"
        player.pass_check(self._camera("astronaut").look())
        player.watch_until_check(lesson["duration_ms"])
        before = self._covered(lesson)
        failed = player.answer_check(self._camera("grace_hopper").look())
        assert failed["state"] == "failed", failed
        until("the pause", lambda: player.state() in ("paused", "ended"))
        _refused(lambda: player.send(0, 1_000), "session.ended")
        assert self._covered(lesson) == before, "a second was credited to the impostor"
        return f"refused: {failed['reason']}; {before / 1000:.0f} s earned before stand, 0 s after"

    def first_lesson(self) -> str:
        return self._finish(self._lessons()[0], wrong_first=True)

    def cheat(self) -> str:
        lesson = self._lessons()[1]
        player = self._player(lesson)
        player.enter()
        player.pass_check(self._camera("astronaut").look())
        fast = player.watch(1.0, rate=2.0)
        doubled = player.send(player.position_ms, player.position_ms + 9_000)
        ahead = player.send(lesson["duration_ms"] - 1_000, lesson["duration_ms"] - 500)
        answers = [answer or {"credited_ms": None} for answer in (fast, doubled, ahead)]
        assert [answer["credited_ms"] for answer in answers] == [0, 0, 0], answers
        return ", ".join(answer["refused"] for answer in answers) + ": 0 s"

    def second_lesson(self) -> str:
        return self._finish(self._lessons()[1], wrong_first=False)

    def confirm(self) -> str:
        file = self.organisation.confirm_hours(self.learner.enrollment_id)
        assert file["audit"]["verdict"] == "clean", file
        self.found["file"] = file
        return f"verdict {file['audit']['verdict']}: {len(file['audit']['findings'])} rules held"

    def report(self) -> str:
        path = f"/api/certificate/files/{self.learner.enrollment_id}"
        until("the confirmation", lambda: self.learner.client.get(path)["status"] == "reportable")
        self.learner.report()
        return "reported"

    def decide(self) -> str:
        self.province.log_in()
        self.province.decide(self.learner.enrollment_id)
        return "approved"

    def certify(self) -> str:
        pdf = self.learner.certificate()
        path = self.out / "certificate.pdf"
        path.write_bytes(pdf)
        with Client(self.url) as anyone:
            valid = _verify(anyone, pdf)
            altered = _verify(anyone, pdf.replace(b"/Type", b"/Tyqe", 1))
            shown = anyone.get(f"/api/certificate/verifications/{valid['number']}")
        assert valid["valid"], valid
        assert shown["state"] == "valid", shown
        assert not altered["valid"], altered
        self.found["certificate"] = valid | {"path": str(path)}
        return f"{valid['number']} valid; an altered copy: {altered['reason']}"

    def audit(self) -> str:
        self.auditor.log_in()
        path = f"/api/audit/hours/{self.learner.enrollment_id}"
        derived = until("the log", lambda: self._complete(self.auditor.client.get(path)))
        learned = {lesson["lesson_id"]: lesson["covered_ms"] for lesson in self._progress()["lessons"]}
        audited = {lesson["lesson_id"]: lesson["credited_ms"] for lesson in derived["lessons"]}
        self.found |= {"hours": derived, "progress": self._progress(), "match": learned == audited}
        assert derived["match"], derived["discrepancies"]
        assert learned == audited, (learned, audited)
        return "learning's and the auditor's hours are the same, to the millisecond"

    # ---- parts ----

    def _step(self, chinese: str, english: str, act: Callable[[], str]) -> None:
        clients = [person.client for person in (self.organisation, self.province, self.auditor, self.learner)]
        trace = secrets.token_hex(16)
        for client in clients:
            client.trace_id = trace
        self.before(act.__name__)
        started = time.monotonic()
        note = act()
        self.steps.append(Step(chinese, english, trace, time.monotonic() - started, note))
        self.say(self.steps[-1])

    def _finish(self, lesson: dict[str, Any], wrong_first: bool) -> str:
        player, frame = self._player(lesson), self._camera("astronaut").look(1)
        player.enter()
        player.pass_check(frame)
        covered = self._lesson(lesson["lesson_id"])["covered"]
        player.position_ms = covered[0][1] if covered else 0  # back to where watched video ends
        wrong = player.answer_quiz(wrong_first)
        player.watch_to_the_end(lesson["duration_ms"], frame)
        until("the last check", lambda: self._completed(lesson) or self._late_check(player, frame))
        until("the lesson", lambda: self._completed(lesson))
        seconds = self._covered(lesson) / 1000
        return f"{seconds:.1f} s credited, {len(player.checks)} checks, {wrong} wrong answers"

    def _late_check(self, player: Player, frame: bytes) -> bool:
        """The unforeseen check may come up as late as the last report."""
        if player.state() == "awaiting_check":
            player.answer_check(frame)
        return False

    def _video(self, number: int) -> Path:
        return self.media / "lessons" / f"{number}.mp4"

    def _player(self, lesson: dict[str, Any]) -> Player:
        return Player(self.learner, lesson["lesson_id"])

    def _camera(self, portrait: str) -> Camera:
        return Camera(self.media / portrait)

    def _progress(self) -> dict[str, Any]:
        progress: dict[str, Any] = self.learner.client.get(
            f"/api/learning/enrollments/{self.learner.enrollment_id}"
        )
        return progress

    def _lessons(self) -> list[dict[str, Any]]:
        lessons: list[dict[str, Any]] = self._progress()["lessons"]
        return lessons

    def _lesson(self, lesson_id: str) -> dict[str, Any]:
        return next(lesson for lesson in self._lessons() if lesson["lesson_id"] == lesson_id)

    def _covered(self, lesson: dict[str, Any]) -> int:
        return int(self._lesson(lesson["lesson_id"])["covered_ms"])

    def _completed(self, lesson: dict[str, Any]) -> bool:
        return bool(self._lesson(lesson["lesson_id"])["state"] == "completed")

    def _complete(self, derived: dict[str, Any]) -> dict[str, Any] | None:
        """The auditor's answer, once the log holds the whole study."""
        return derived if all(lesson["completed"] for lesson in derived["lessons"]) else None


def _numbered() -> list[tuple[int, tuple[str, str]]]:
    return list(enumerate(LESSON_TITLES, start=1))


def _lesson(title: str, kind: str) -> dict[str, Any]:
    options = ["正确 right", "错误 wrong"]
    quiz = [
        {"prompt": f"{title}: 学习时间必须真实吗? Must study time be real?", "options": options, "answer": 0}
    ]
    return {"title": title, "chapter": "第一章", "kind": kind, "quiz": quiz}


def _verify(anyone: Client, pdf: bytes) -> dict[str, Any]:
    files = {"pdf": ("certificate.pdf", pdf, "application/pdf")}
    answer: dict[str, Any] = anyone.post("/api/certificate/verifications", files=files)
    return answer


def _refused(act: Callable[[], Any], code: str) -> None:
    code_given = "none"
    try:
        act()
    except Refusal as refusal:
        code_given = refusal.code
    assert code_given == code, f"{code} was expected, not {code_given}"
