"""What a learner is shown of a course: validity, filters, where to go on (R7, R9, R22)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.learning.domain.course import Item
from services.learning.domain.course_errors import KindUnfit
from services.learning.domain.course_view import (
    CardState,
    LessonFilter,
    card_state,
    resume_point,
    select,
    validity,
)
from services.learning.domain.progress import LessonProgress
from services.learning.tests.builders import a_course, a_lesson
from services.learning.tests.conftest import Desk, problem_of
from shared.domain.china_time import CHINA_TIME, china_date
from shared.events.terms import LessonKind


def progress(id: str, *, entered: bool = False, completed: bool = False) -> LessonProgress:
    lesson = LessonProgress.of(a_lesson(id))
    return replace(lesson, entered=entered or completed, completed=completed)


# ---- 有效期 (R9) ----


@pytest.mark.parametrize(("closes", "now", "days", "last"), [
    ("2026-06-01T16:00", "2026-06-01T15:59", 0, date(2026, 6, 1)),  # midnight in China
    ("2026-06-01T16:00", "2026-05-31T16:00", 0, date(2026, 6, 1)),
    ("2026-06-01T16:00", "2026-05-31T15:59", 1, date(2026, 6, 1)),
    ("2026-06-01T16:01", "2026-05-31T15:59", 2, date(2026, 6, 2)),
    ("2026-06-01T16:00", "2026-03-01T16:00", 91, date(2026, 6, 1)),
    ("2026-06-01T16:00", "2026-07-01T16:00", 0, date(2026, 6, 1)),
])  # fmt: skip
def test_days_are_counted_in_chinas_calendar(closes: str, now: str, days: int, last: date):
    times = [datetime.fromisoformat(time).replace(tzinfo=UTC) for time in (closes, now)]
    found = validity(*times)
    assert (found.days_left, found.last_day) == (days, last)
    assert found.open is (times[1] < times[0])


@given(left=st.timedeltas(timedelta(microseconds=1), timedelta(days=400)), now=st.datetimes(
    datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)  # noqa: DTZ001
))  # fmt: skip
def test_who_comes_back_after_the_days_left_finds_it_open_for_the_last_day(left: timedelta, now: datetime):
    found = validity(now + left, now)
    assert found.open
    assert found.days_left == (found.last_day - china_date(now)).days
    begin_of_last = datetime.combine(found.last_day, datetime.min.time(), CHINA_TIME)
    assert begin_of_last < now + left <= begin_of_last + timedelta(days=1)


# ---- 全部, 待学习, 已学完 (R22) ----


@given(states=st.lists(st.sampled_from([{}, {"entered": True}, {"completed": True}]), max_size=8))
def test_each_lesson_is_either_to_learn_or_learnt(states: list[dict[str, bool]]):
    lessons = [progress(str(number), **state) for number, state in enumerate(states)]
    to_learn, learnt = (select(lessons, wanted) for wanted in (LessonFilter.TO_LEARN, LessonFilter.LEARNT))
    assert sorted(lesson.lesson_id for lesson in to_learn + learnt) == [
        lesson.lesson_id for lesson in lessons
    ]
    assert select(lessons, LessonFilter.ALL) == lessons
    assert all(lesson.completed for lesson in learnt)


@pytest.mark.parametrize(("lessons", "last", "where"), [
    ([], None, None),
    ([progress("a", completed=True)], "a", None),
    ([progress("a", completed=True), progress("b"), progress("c")], None, "b"),
    ([progress("a"), progress("b", entered=True), progress("c", entered=True)], None, "b"),
    ([progress("a"), progress("b", entered=True), progress("c", entered=True)], "c", "c"),
    ([progress("a"), progress("b", entered=True), progress("c", completed=True)], "c", "b"),
])  # fmt: skip
def test_where_to_go_on(lessons: list[LessonProgress], last: str | None, where: str | None):
    found = resume_point(lessons, last)
    assert (found and found.lesson_id) == where


@pytest.mark.parametrize(("lessons", "done", "open_", "state"), [
    ([progress("a")], False, True, CardState.NOT_STARTED),
    ([progress("a"), progress("b", entered=True)], False, True, CardState.IN_PROGRESS),
    ([progress("a", entered=True)], False, False, CardState.EXPIRED),
    ([progress("a", completed=True)], True, False, CardState.COMPLETED),
])  # fmt: skip
def test_the_state_of_a_course(lessons: list[LessonProgress], done: bool, open_: bool, state: CardState):
    assert card_state(lessons, done=done, open_=open_) is state


# ---- 主项, 增项 (R7) ----


def test_a_main_item_has_what_is_common_and_the_electives_of_a_specialty():
    lessons = [
        a_lesson("common", specialty="土木建筑"),
        a_lesson("mine", specialty="安装工程", kind=LessonKind.ELECTIVE),
        a_lesson("other", specialty="土木建筑", kind=LessonKind.ELECTIVE),
    ]  # fmt: skip
    assert [lesson.id for lesson in a_course(*lessons).lessons_for("安装工程")] == ["common", "mine"]


def test_an_add_on_item_has_what_is_compulsory_in_a_specialty():
    lessons = [a_lesson("mine", specialty="安装工程"), a_lesson("other", specialty="土木建筑")]
    course = a_course(*lessons, item=Item.ADD_ON)
    assert [lesson.id for lesson in course.lessons_for("安装工程")] == ["mine"]


def test_an_add_on_item_takes_no_elective():
    course = a_course(a_lesson(), published=False, item=Item.ADD_ON)
    with pytest.raises(KindUnfit):
        course.add_lesson(a_lesson("x", kind=LessonKind.ELECTIVE))


# ---- over HTTP ----


def test_a_card_says_what_is_left_and_whom_to_ask(desk: Desk):
    desk.courses.update(desk.course.id, _give_contact)
    (card,) = desk.client.get("/api/learning/course-cards", headers=desk.header).json()["cards"]
    assert (card["title"], card["organisation"], card["contact"]) == ("继续教育", "武汉培训", "027-8888")
    assert (card["item_zh"], card["state_zh"], card["lessons"]) == ("主项", "未开始", 2)
    assert [hours["kind_zh"] for hours in card["hours"]] == ["通用知识必修", "专业选修"]
    assert card["hours"][0]["remaining"] == {"ms": 15_000, "hours": 1.0}
    assert card["validity"]["days_left"] == 90
    assert card["continue_at"] == {"lesson_id": "common", "position_ms": 0}


def _give_contact(course) -> None:
    course.contact = "027-8888"


def test_a_course_is_shown_by_chapters_and_filtered(desk: Desk):
    desk.studies.update(desk.study.id, _complete_first)
    titles = {
        wanted: [
            [lesson["lesson_id"] for lesson in chapter["lessons"]]
            for chapter in desk.get("/course", params={"lessons": wanted}).json()["chapters"]
        ]
        for wanted in ("all", "to_learn", "learnt")
    }
    assert titles == {"all": [["common", "special"]], "to_learn": [["special"]], "learnt": [["common"]]}
    shown = desk.get("/course").json()
    assert (shown["lessons_completed"], shown["continue_at"]["lesson_id"]) == (1, "special")
    problem_of(desk.get("/course", params={"lessons": "other"}), 422, "request.invalid")


def _complete_first(study) -> None:
    study.lessons[0].completed = True


def test_who_comes_back_goes_on_in_the_lesson_that_was_played_last(desk: Desk):
    desk.studies.update(desk.study.id, lambda study: study.enter("special", desk.now))
    assert desk.get("/course").json()["continue_at"] == {"lesson_id": "special", "position_ms": 0}


def test_a_course_that_is_over_is_expired(desk: Desk):
    desk.wait(91 * 86_400)
    shown = desk.get("/course").json()
    assert (shown["state_zh"], shown["validity"]["open"], shown["validity"]["days_left"]) == (
        "已过期",
        False,
        0,
    )


def test_an_add_on_item_needs_compulsory_hours_of_its_specialty_alone(desk: Desk):
    desk.courses.update(desk.course.id, _make_add_on)
    study = desk.open_study(policy=replace(desk.study.policy, elective_hours=0))
    desk.url = f"/api/learning/enrollments/{study.id}"
    shown = desk.get("/course").json()
    assert (shown["item_zh"], [hours["kind_zh"] for hours in shown["hours"]]) == ("增项", ["专业必修"])


def _make_add_on(course) -> None:
    course.item = Item.ADD_ON


def test_a_course_of_another_learner_is_not_found(desk: Desk, sign):
    desk.header = sign("learner", person="another")
    problem_of(desk.get("/course"), 404, "not_found")
    assert desk.client.get("/api/learning/course-cards", headers=desk.header).json() == {"cards": []}
