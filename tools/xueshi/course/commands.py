"""`xueshi course import`: check a folder, send what is missing, and say what the course offers."""

import os
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import httpx
from rich.table import Table
from rich.text import Text

from tools.xueshi import show
from tools.xueshi.course.client import StaffClient
from tools.xueshi.course.folder import CourseFolder, read_folder
from tools.xueshi.course.importing import Import, Outcome
from tools.xueshi.course.login import log_in
from tools.xueshi.course.media import VideoFile, look_into
from tools.xueshi.course.nodes import Fault
from tools.xueshi.course.report import NEEDS, Row, rows_of
from tools.xueshi.errors import Unknown

URL = "XUESHI_PUBLIC_URL"
TIMEOUT_SECONDS = 60.0
HEADINGS = (
    "specialty 专业",
    "kind 类型",
    "lessons 课时",
    "minutes 分钟",
    "hours 学时",
    "needed 应修",
    "verdict 结论",
)


def import_course(asked: Namespace) -> int:
    """1 when the folder has faults; then nothing is sent. Raises OperatorError."""
    course, videos, faults = check(Path(asked.folder), asked.max_bytes)
    if faults or course is None:
        for fault in faults:
            show.say(str(fault), "red")
        show.say(f"{len(faults)} faults; nothing was sent 发现 {len(faults)} 处错误, 未上传任何内容.", "red")
        return 1
    rows = rows_of(course, videos, asked.needs or NEEDS[course.item], asked.hour_seconds)
    if asked.check:
        _show(asked, rows, None)
        return 0
    with httpx.Client(base_url=_url(asked), timeout=TIMEOUT_SECONDS) as http:
        outcome = send(log_in(http, asked.username), course, videos, publish=asked.publish)
    _show(asked, rows, outcome)
    return 0


def check(path: Path, max_bytes: int) -> tuple[CourseFolder | None, dict[str, VideoFile], list[Fault]]:
    """The course, its videos by the key of their lesson, and everything that is wrong, in order of lines."""
    course, faults = read_folder(path)
    if course is None:
        return None, {}, faults
    videos, more = look_into(course, max_bytes, lambda name: show.say(f"Looking into {name} …", "dim"))
    return course, dict(videos), sorted([*faults, *more])


def send(
    client: StaffClient, course: CourseFolder, videos: dict[str, VideoFile], *, publish: bool
) -> Outcome:
    """Upload what is missing. Raises OperatorError."""

    def progress(name: str, done: int, size: int) -> None:
        show.say(f"{name}: {done / size:.0%} of {size:,} bytes", "dim")

    return Import(client=client, course=course, videos=videos, progress=progress).run(publish=publish)


def _url(asked: Namespace) -> str:
    url: str = asked.url or os.environ.get(URL, "")
    if not url:
        raise Unknown(f"Where is the system? Give --url, or set {URL}.")
    return url


def _show(asked: Namespace, rows: Sequence[Row], outcome: Outcome | None) -> None:
    if asked.json:
        offers = [asdict(row) | {"enough": row.enough} for row in rows]
        return show.as_json([{"import": asdict(outcome) if outcome else None, "offers": offers}])
    table = Table(*HEADINGS, box=None)
    for row in rows:
        verdict = Text("enough") if row.enough else Text("too short", style="red")
        figures = (str(row.lessons), f"{row.minutes:,.2f}", f"{row.hours:,.2f}", str(row.needed))
        table.add_row(Text(row.specialty), row.kind, *figures, verdict)
    show.out.print(table)
    if outcome:
        state = "published 已发布" if outcome.published else "a draft 草稿"
        show.say(
            f"Course {outcome.course_id} is {state}: {outcome.lessons_added} lessons added, "
            f"{outcome.bytes_sent:,} bytes sent, {outcome.questions} questions to practise with."
        )
    return None
