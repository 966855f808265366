"""Every rule that is cited exists, and every rule is held by a test or is said not to be built yet."""

import pytest

from tests.docs.rules import cited_by, cited_in, everything, holders, listed, stated

NOT_BUILT, IN_PART = "Not built yet", "Built in part"


def numbered(numbers: set[int]) -> list[str]:
    """Rule numbers for a person to read."""
    return [f"R{number}" for number in sorted(numbers)]


def test_the_rules_are_numbered_without_a_gap():
    assert stated() == list(range(1, len(stated()) + 1))


def test_every_cited_rule_exists():
    unknown = {number: paths for number, paths in cited_by(everything()).items() if number not in stated()}
    assert not unknown, f"no such rule: {unknown}"


def test_every_rule_is_held_by_a_test_or_is_not_built_yet():
    missing = set(stated()) - set(cited_by(holders())) - set(listed(NOT_BUILT))
    assert not missing, f"cite them in a test, or list them as not built yet: {numbered(missing)}"


def test_what_a_test_holds_has_left_the_list():
    built = set(listed(NOT_BUILT)) & set(cited_by(holders()))
    assert not built, f"take them off the list 'not built yet': {numbered(built)}"


def test_what_is_built_in_part_is_held_for_its_part():
    missing = set(listed(IN_PART)) - set(cited_by(holders()))
    assert not missing, f"built in part, and no test cites them: {numbered(missing)}"


@pytest.mark.parametrize("heading", [NOT_BUILT, IN_PART])
def test_the_lists_name_each_rule_once_and_in_order(heading, capsys):
    numbers = listed(heading)
    with capsys.disabled():
        print(f"\nrules all={len(stated())} {heading.lower().replace(' ', '_')}={len(numbers)}")
    assert numbers == sorted(set(numbers))
    assert set(numbers) <= set(stated())


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("(R23)", [23]),
        ("R11–R14", [11, 12, 13, 14]),
        ("R22-R25", [22, 23, 24, 25]),
        ("R17/R18, R3", [17, 18, 3]),
        ("ER23, R2D2, R100, XR1", []),
    ],
)
def test_citations_are_read(text, numbers):
    assert list(cited_in(text)) == numbers
