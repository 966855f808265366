"""Questions of many threads, asked together."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.persistence.batcher import MAX_TOGETHER, Batcher
from testkit.waiting import eventually


class Answerer:
    """Doubles numbers; while the gate is shut, an answer is on its way."""

    def __init__(self):
        self.asked, self.gate = [], threading.Event()
        self.gate.set()

    def __call__(self, questions):
        self.asked.append(questions)
        assert self.gate.wait(10)
        if "all" in questions:
            raise ConnectionError("away")
        return [ValueError("bad") if it == "bad" else it * 2 for it in questions]


@pytest.fixture
def answerer():
    return Answerer()


@pytest.fixture
def group(answerer):
    return Batcher(answerer)


@pytest.fixture
def pool():
    with ThreadPoolExecutor(2 * MAX_TOGETHER) as it:
        yield it


def asked_behind(group, answerer, pool, questions):
    """Ask all of these while an answer is on its way."""
    answerer.gate.clear()
    first = pool.submit(group.send, 1)
    eventually(lambda: answerer.asked == [[1]])
    behind = [pool.submit(group.send, it) for it in questions]
    eventually(lambda: len(group._waiting) == len(questions))
    answerer.gate.set()
    return [first, *behind]


def test_who_is_alone_is_asked_for_alone(group, answerer):
    assert (group.send(1), group.send(2)) == (2, 4)
    assert answerer.asked == [[1], [2]]


def test_what_comes_meanwhile_is_asked_together_and_each_gets_its_own_answer(group, answerer, pool):
    outcomes = asked_behind(group, answerer, pool, range(10, 20))
    assert [it.result(10) for it in outcomes] == [2, *range(20, 40, 2)]
    assert [len(it) for it in answerer.asked] == [1, 10]


def test_a_question_that_fails_fails_alone(group, answerer, pool):
    _, bad, good = asked_behind(group, answerer, pool, ["bad", 3])
    with pytest.raises(ValueError, match="bad"):
        bad.result(10)
    assert good.result(10) == 6


def test_when_no_answer_comes_each_hears_why_and_the_next_may_ask(group, answerer, pool):
    outcomes = asked_behind(group, answerer, pool, ["all", 3])
    for it in outcomes[1:]:
        with pytest.raises(ConnectionError):
            it.result(10)
    assert group.send(4) == 8


def test_no_more_than_most_go_together(group, answerer, pool):
    outcomes = asked_behind(group, answerer, pool, range(MAX_TOGETHER + 5))
    assert [it.result(10) for it in outcomes[1:]] == [2 * it for it in range(MAX_TOGETHER + 5)]
    assert [len(it) for it in answerer.asked] == [1, MAX_TOGETHER, 5]


class Stopped(BaseException):
    """What ends a green thread from outside."""


class StoppedLock:
    def acquire(self):
        raise Stopped

    def release(self):
        """Nobody waits."""


def test_who_is_stopped_while_waiting_holds_nobody_up(group, answerer, pool, monkeypatch):
    asked_behind_one = asked_behind(group, answerer, pool, [])
    asked_behind_one[0].result(10)
    monkeypatch.setattr("shared.persistence.batcher.threading.Lock", StoppedLock)
    with pytest.raises(Stopped):
        group.send(5)
    monkeypatch.undo()
    assert group.send(6) == 12


def test_who_is_stopped_as_it_is_to_lead_hands_on(group, monkeypatch):
    def stopped(_):
        raise Stopped

    monkeypatch.setattr("shared.persistence.batcher.time.sleep", stopped)
    with pytest.raises(Stopped):
        group.send(5)
    monkeypatch.undo()
    assert group.send(6) == 12


def test_many_threads_for_long(group):
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(group.send, range(5_000))) == list(range(0, 10_000, 2))
