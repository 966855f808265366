"""The course and the plan of demonstrations and fault campaigns, as the organisation publishes them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

HOUR_SECONDS = 15  # an hour of this plan; plan data, not code
LESSON_TITLES = (("工程造价法规", "compulsory"), ("土木建筑计量与计价", "elective"))
POLICY = {
    "hour_seconds": HOUR_SECONDS,
    "compulsory_hours": 1,
    "elective_hours": 1,
    "report_period_s": 3,
    "bank_s": 10,
}


def demo_lessons(media: Path) -> list[tuple[dict[str, Any], Path]]:
    """Metadata and video file of each lesson, as `Staff.publish_course` takes them."""
    return [
        (lesson_metadata(title, kind), lesson_video(media, number))
        for number, (title, kind) in enumerate(LESSON_TITLES, start=1)
    ]


def lesson_metadata(title: str, kind: str) -> dict[str, Any]:
    """A lesson of this kind with one question, whose first option is right."""
    prompt = f"{title}: 学习时间必须真实吗? Must study time be real?"
    question = {"prompt": prompt, "options": ["正确 right", "错误 wrong"], "answer": 0}
    return {"title": title, "chapter": "第一章", "kind": kind, "quiz": [question]}


def lesson_video(media: Path, number: int) -> Path:
    """The video file of lesson 1, 2 …"""
    return media / "lessons" / f"{number}.mp4"


def demo_plan(course_id: str, **changes: Any) -> dict[str, Any]:
    """The body of POST /api/enrollment/plans: registration is open and the class has started."""
    now = datetime.now(UTC)
    plan = {
        "batch": now.strftime("%Y-%m%d-%H%M%S"),
        "category": "level_two",
        "specialty": "土木建筑",
        "course_id": course_id,
        "seats": 25,
        "fee_fen": 60_000,
        "place": "线上",
        "contact": "demo",
        "registration_from": (now - timedelta(days=1)).isoformat(),
        "registration_until": (now + timedelta(days=1)).isoformat(),
        "class_opens_at": (now - timedelta(minutes=1)).isoformat(),
        "policy": POLICY,
    }
    return plan | changes
