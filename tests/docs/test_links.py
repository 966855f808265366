"""A link in a document leads somewhere: README, CONTRIBUTING and docs/ alike."""

import pytest

from tests.docs.links import anchors, broken, targets


def test_no_link_is_broken():
    assert not list(broken())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[a](b.md) and ![c](d.png)", ["b.md", "d.png"]),
        ('[a](b.md#c "title")', ["b.md#c"]),
        ("`[a](b.md)`", []),
        ("```\n[a](b.md)\n```\n[c](d.md)", ["d.md"]),
        ("[a](https://example.org) [b](mailto:a@b)", []),
    ],
)
def test_links_are_found(text, found):
    assert targets(text) == found


def test_headings_become_anchors():
    text = "# R1 Plans and seats 培训计划\n## The field 行业术语\n## Not these\n## Not these\n"
    expected = {"r1-plans-and-seats-培训计划", "the-field-行业术语", "not-these", "not-these_1"}
    assert anchors(text) == expected
