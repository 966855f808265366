"""A folder is looked into before anything is sent: every fault at once, with its line."""

from pathlib import Path

import pytest

from services.learning.tests.media import a_film
from tools.xueshi.course.commands import check
from tools.xueshi.course.folder import read_folder
from tools.xueshi.course.report import rows_of

COURSE = """\
key: jixu-2026
title: 工程造价继续教育
specialty: 土木建筑
contact: 武汉培训 027-8888 0000
chapters:
  - title: 第一章 法规
    lessons:
      - key: fagui-1
        title: 工程造价法规
        kind: compulsory
        video: media/1.mp4
        quiz:
          - prompt: 学习时间必须真实吗?
            options: [yes, no]
            answer: yes
  - title: 第二章 计量
    lessons:
      - key: jiliang-1
        title: 工程量计算
        kind: elective
        specialty: 安装工程
        video: media/2.mp4
practice:
  - key: p-1
    prompt: 1 + 1 = ?
    options: ["1", "2"]
    answer: "2"
    explanation: 因为 1 + 1 = 2
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder without faults."""
    (tmp_path / "media").mkdir()
    for number in (1, 2):
        (tmp_path / "media" / f"{number}.mp4").write_bytes(a_film(number))
    (tmp_path / "course.yaml").write_text(COURSE, "utf-8")
    return tmp_path


def faults_of(folder: Path, old: str = "", new: str = "") -> list[str]:
    """The faults after this replacement."""
    assert old in COURSE
    (folder / "course.yaml").write_text(COURSE.replace(old, new, 1), "utf-8")
    _, faults = read_folder(folder)
    return [str(fault) for fault in faults]


def test_a_good_folder_is_read_whole(folder: Path):
    course, videos, faults = check(folder, 1 << 30)
    assert course
    assert faults == []
    assert [(lesson.key, lesson.chapter, lesson.kind) for lesson in course.lessons] == [
        ("fagui-1", "第一章 法规", "compulsory"), ("jiliang-1", "第二章 计量", "elective"),
    ]  # fmt: skip
    assert (course.lessons[0].quiz[0].options, course.lessons[0].quiz[0].answer) == (["yes", "no"], 0)
    assert (course.practice[0].question.answer, course.contact) == (1, "武汉培训 027-8888 0000")
    assert videos["jiliang-1"].duration_ms == 2000


@pytest.mark.parametrize(("old", "new", "fault"), [
    ("title: 工程造价继续教育\n", "", "course.yaml:1: title is missing"),
    ("specialty: 土木建筑", "specialty: 土木建筑\ncolour: red", "course.yaml:4: colour is not known here"),
    ("contact:", "key: again\ncontact:", "course.yaml:4: key stands here twice"),
    ("key: jixu-2026", "key: 继续 教育", "course.yaml:1: '继续 教育': letters, digits"),
    ("kind: compulsory", "kind: optional", "course.yaml:10: 'optional' is none of compulsory, elective"),
    ("video: media/1.mp4", "video: media/9.mp4", "course.yaml:11: media/9.mp4 does not exist"),
    ("video: media/1.mp4", "video: ../1.mp4", "course.yaml:11: ../1.mp4 lies outside the folder"),
    ("video: media/1.mp4", "video: /etc/passwd", "course.yaml:11: /etc/passwd lies outside the folder"),
    ("options: [yes, no]", "options: [yes]", "course.yaml:14: 2 to 10 options are expected, not 1"),
    ("options: [yes, no]", "options: [yes, yes]", "course.yaml:14: two options are the same"),
    ("answer: yes", "answer: maybe", "course.yaml:15: 'maybe' is none of the options"),
    ("key: jiliang-1", "key: fagui-1", "course.yaml:18: the key fagui-1 is that of line 8 already"),
    ("video: media/2.mp4", "video: media/1.mp4", "course.yaml:18: the video 1.mp4 is that of line 8 already"),
    ("    lessons:\n", "    lessons: none\n    x:\n", "course.yaml:7: a list of lessons is expected"),
    ("contact:", "item: add_on\ncontact:", "course.yaml:21: an add-on item has compulsory lessons only"),
    ("contact:", "item: other\ncontact:", "course.yaml:4: 'other' is none of main, add_on"),
    (COURSE, "", "course.yaml:1: the file is empty"),
    (COURSE, "- a list", "course.yaml:1: a mapping with key, title, specialty, chapters is expected"),
    (COURSE, "key: [", "course.yaml:1: not YAML"),
])  # fmt: skip
def test_a_fault_is_said_with_its_line(folder: Path, old: str, new: str, fault: str):
    found = faults_of(folder, old, new)
    assert any(line.startswith(fault) for line in found), found


def test_all_faults_are_listed_at_once(folder: Path):
    (folder / "media" / "2.mp4").write_bytes(b"no video")
    text = COURSE.replace("answer: yes", "answer: maybe").replace("kind: compulsory", "kind: x")
    (folder / "course.yaml").write_text(text, "utf-8")
    _, _, faults = check(folder, 1 << 30)
    assert [fault.line for fault in faults] == [10, 15, 18]


@pytest.mark.parametrize(("film", "most", "fault"), [
    (b"no video", 1 << 30, "not a playable MP4 or WebM"), (a_film(codec="mpeg4"), 1 << 30, "H.264"),
    (a_film(2), 100, "at most 100"), (a_film(1), 1 << 30, "the same video as that of line 8"),
    (b"", 100, "is empty"),
])  # fmt: skip
def test_a_video_is_judged_before_it_is_sent(folder: Path, film: bytes, most: int, fault: str):
    (folder / "media" / "2.mp4").write_bytes(film)
    _, _, faults = check(folder, most)
    assert any(found.line in (18, 22) and fault in found.text for found in faults), faults


def test_a_folder_without_a_course_is_said_so(tmp_path: Path):
    course, faults = read_folder(tmp_path)
    assert course is None
    assert "cannot be read" in str(faults[0])


def test_hours_are_compared_with_what_a_plan_needs(folder: Path):
    course, videos, _ = check(folder, 1 << 30)
    assert course
    rows = rows_of(course, videos, (1, 1), hour_seconds=1)
    assert [(row.specialty, row.kind, row.hours, row.enough) for row in rows] == [
        ("土木建筑", "compulsory", 1.0, True), ("土木建筑", "elective", 0.0, False),
        ("安装工程", "compulsory", 1.0, True), ("安装工程", "elective", 2.0, True),
    ]  # fmt: skip
    assert rows_of(course, videos, (40, 40), hour_seconds=2_700)[0].enough is False


def test_an_add_on_item_needs_compulsory_hours_of_each_specialty(folder: Path):
    text = COURSE.replace("contact:", "item: add_on\ncontact:").replace("kind: elective", "kind: compulsory")
    (folder / "course.yaml").write_text(text, "utf-8")
    course, videos, faults = check(folder, 1 << 30)
    assert course
    assert faults == []
    rows = rows_of(course, videos, (40, 0), hour_seconds=1)
    assert {(row.specialty, row.kind, row.lessons) for row in rows} == {
        ("土木建筑", "compulsory", 1), ("安装工程", "compulsory", 1),
    }  # fmt: skip
