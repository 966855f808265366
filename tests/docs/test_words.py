"""One word, one idea: no term stands twice in the glossary, and nobody writes a variant that it forbids."""

from collections import Counter

import pytest

from tests.docs.words import Variant, prose, terms, texts, variants


def test_no_term_stands_twice():
    twice = [term for term, times in Counter(terms()).items() if times > 1]
    assert not twice


def test_no_term_is_a_forbidden_variant():
    assert not {variant.wrong for variant in variants()} & set(terms())


def test_nobody_writes_a_forbidden_variant():
    found = [
        f"{path}: {variant.wrong!r}, we write {variant.right!r}"
        for variant in variants()
        for path, text in (texts() if variant.everywhere else prose()).items()
        if variant.is_in(text)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("wrong", "text", "is_in"),
    [
        ("登陆", "请登陆系统", True),
        ("登陆", "请登录系统", False),
        ("rung", "on to a rung of it", True),
        ("rung", "wrung out", False),
        ("license", "the Apache License", False),
    ],
)
def test_variants_are_recognised(wrong, text, is_in):
    assert Variant(wrong, "right", everywhere=False).is_in(text) is is_in
