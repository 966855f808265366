"""One word, one idea: no term stands twice in the glossary, and nobody writes a variant that it forbids."""

import re
from collections import Counter

import pytest

from tests.docs.sources import files, python_files, text_of
from tests.docs.words import Variant, code_names, prose, terms, texts, variants

NOT_NAMES = re.compile(r"<\w+>s?|\(\w+\)")  # what stands for something else


def test_no_term_stands_twice():
    twice = [term for term, times in Counter(terms()).items() if times > 1]
    assert not twice


def test_no_term_is_a_forbidden_variant():
    assert not {variant.wrong for variant in variants()} & set(terms())


def test_what_the_glossary_says_of_code_is_in_the_code():
    paths = "\n".join(map(str, files()))
    words = set(re.findall(r"\w+", "\n".join(map(text_of, python_files()))))
    missing = [
        name
        for name in code_names()
        if not (name in paths if "/" in name else set(re.findall(r"\w+", NOT_NAMES.sub("", name))) <= words)
    ]
    assert not missing


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
