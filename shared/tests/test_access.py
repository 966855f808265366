"""Access by the fields of an aggregate."""

import pytest

from shared.domain.access import only_where, only_within
from shared.domain.errors import NotFound
from shared.tests.probe import Counter

COUNTER = Counter(id="a-counter", name="bread", value=2)


def test_who_has_every_field_right_may():
    only_where("Counter", name="bread", value=2)(COUNTER)
    only_within("Counter", {"name": ("milk", "bread")})(COUNTER)


@pytest.mark.parametrize(
    "authorise",
    [
        only_where("Counter", name="milk"),
        only_where("Counter", name="bread", value=3),
        only_within("Counter", {"name": ("milk", "salt")}),
        only_within("Counter", {"name": ("bread",), "value": ()}),
    ],
)
def test_for_everybody_else_the_aggregate_does_not_exist(authorise):
    with pytest.raises(NotFound) as refusal:
        authorise(COUNTER)
    assert refusal.value.details == {"what": "Counter"}


def test_a_rule_about_a_field_that_does_not_exist_lets_nobody_pass():
    with pytest.raises(AttributeError):
        only_where("Counter", nickname=None)(COUNTER)
