"""How often somebody may do something."""

from datetime import timedelta

import pytest

from services.learning.domain import Learner
from services.learning.domain.errors import AnsweredTooOften, EnteredTooOften
from services.learning.domain.learner import ENTRIES, MAX_ENTRIES
from services.learning.domain.study import ANSWERS
from services.learning.domain.tally import Limit, Tally
from services.learning.tests.builders import a_course, a_lesson, a_question, a_study, at, recorded
from shared.events.learning import QuizAnswered

TWICE_A_MINUTE = Limit(most=2, period=timedelta(minutes=1))


def test_one_more_is_allowed_until_there_are_as_many_as_the_limit_says():
    tally, waits = Tally(), []
    for second in (0, 10, 20):
        waits.append(tally.wait_s(TWICE_A_MINUTE, at(second)))
        tally.add(TWICE_A_MINUTE, at(second))
    assert waits == [0, 0, 40]
    assert tally == Tally(since=at(0), count=3)


@pytest.mark.parametrize(("now_s", "wait_s"), [(59, 1), (59.001, 1), (58.999, 2), (60, 0), (99, 0)])
def test_the_wait_is_in_whole_seconds_and_is_long_enough(now_s, wait_s):
    assert Tally(since=at(0), count=2).wait_s(TWICE_A_MINUTE, at(now_s)) == wait_s


@pytest.mark.parametrize(
    ("now_s", "tally"), [(59.999, Tally(since=at(0), count=3)), (60, Tally(since=at(60), count=1))]
)
def test_the_first_after_the_period_begins_the_next(now_s, tally):
    counted = Tally(since=at(0), count=2)
    counted.add(TWICE_A_MINUTE, at(now_s))
    assert counted == tally


def test_a_person_may_enter_sixty_times_an_hour():
    assert (60, Limit(most=60, period=timedelta(hours=1))) == (MAX_ENTRIES, ENTRIES)
    learner = Learner(id="person", verified=True)
    for minute in range(60):
        learner.take_turn(learner.turn, "study", f"s{minute}", at(60 * minute - minute))
    turn = learner.turn
    with pytest.raises(EnteredTooOften) as refused:
        learner.take_turn(turn, "study", "s60", at(3_599.5))
    assert refused.value.details == {"most": 60, "retry_after_s": 1}
    assert (learner.turn, learner.entries.count) == (turn, 60)
    assert learner.take_turn(turn, "study", "s60", at(3_600)).number == 61


def test_a_person_may_answer_120_questions_a_minute():
    assert Limit(most=120, period=timedelta(minutes=1)) == ANSWERS
    study = a_study(a_course(a_lesson(quiz=[a_question()])))
    for number in range(120):
        study.answer_question("common", "q1", right=False, now=at(number / 4))
    with pytest.raises(AnsweredTooOften) as refused:
        study.answer_question("common", "q1", right=True, now=at(30))
    assert refused.value.details == {"most": 120, "retry_after_s": 30}
    assert len(recorded(study, QuizAnswered)) == 120
    assert study.lesson("common").right_ids == []
    study.answer_question("common", "q1", right=True, now=at(60))
    assert study.lesson("common").right_ids == ["q1"]
