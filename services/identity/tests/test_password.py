"""What a password must be (R15)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain import check_password
from services.identity.domain.password import PasswordWeak
from services.identity.tests.builders import PHONE, an_id_number


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("abcDEF73!", "too_short"),
        ("kX9" * 43, "too_long"),
        ("1234567890", "predictable"),
        ("0987654321ab", "predictable"),
        ("aaaaaaaaaaaa", "predictable"),
        ("121212121212", "predictable"),
        ("Password123456", "predictable"),
        ("qwerty123456", "predictable"),
        ("x-13800138000", "personal"),
        ("Liu-19900307-x", "personal"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password, reason):
    with pytest.raises(PasswordWeak) as refused:
        check_password(password, ["420106199003071239", PHONE])
    assert refused.value.details["reason"] == reason


@pytest.mark.parametrize(
    "password", ["correct horse battery", "我爱学习造价工程师的课", "t7#Kw2!pXz", "Wuhan-rain-2026"]
)
def test_a_good_password_is_taken(password):
    assert check_password(password, ["420106199003071239", PHONE])


def test_the_same_password_in_full_width_is_the_same():
    assert check_password("ｃorrect horse", []) == check_password("correct horse", [])


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_password_holds_the_id_number(before, after):
    id_number = an_id_number()
    with pytest.raises(PasswordWeak):
        check_password(before + id_number + after, [id_number])


@pytest.mark.parametrize("password", ["t7#Kw2!pXz", "t7#Kw2!pXz" * 12 + "Qm4$Vb8^"])
def test_a_password_has_10_to_128_characters(password):
    assert len(password) in (10, 128)
    assert check_password(password, []) == password


@pytest.mark.parametrize(("length", "reason"), [(9, "too_short"), (129, "too_long")])
def test_a_weak_password_says_what_is_needed(length, reason):
    with pytest.raises(PasswordWeak) as refused:
        check_password(("t7#Kw2!pXz" * 13)[:length], [])
    assert refused.value.details == {"reason": reason, "shortest": 10}


@pytest.mark.parametrize("password", ["LIU-19900307-x!", "liu-19900307-x!", "ｌｉｕ-19900307-x!"])
def test_a_piece_of_what_is_known_of_the_owner_counts_in_any_letter_case(password):
    for known in ("x19900307", "LIU-19"):
        with pytest.raises(PasswordWeak) as refused:
            check_password(password, [known])
        assert refused.value.details["reason"] == "personal"


@pytest.mark.parametrize(
    ("known", "taken"),
    [
        ("t7", True),  # two characters are in too many passwords
        ("t7#", False),
        ("w2!p", False),
        ("2!pXz9", True),  # five of six
        ("9#Kw2!p", False),  # its last six
        ("#Kw2!p9", False),  # its first six
        ("9#Kw", True),  # three of four
        ("99#Kw2!", True),  # five of seven
    ],
)
def test_a_personal_piece_is_three_characters_or_six_of_more(known, taken):
    if taken:
        assert check_password("t7#Kw2!pXz", [known])
    else:
        with pytest.raises(PasswordWeak):
            check_password("t7#Kw2!pXz", [known])


@pytest.mark.parametrize(
    ("password", "taken"),
    [
        ("abcabcabcab", False),  # a, a, a, a: runs leave one character
        ("aceg-aceg-a", True),  # five different ones, no run
        ("aceg-aceg-", True),
        ("acegacegac", False),  # four different ones
        ("13579-abcde", True),  # 1 3 5 7 9 - a
        ("12345-54321", False),  # 1 - 5
        ("passwordacegi", True),
        ("passwordaceg1234", True),  # a c e g 1
        ("PASSWORDaceg", False),
        ("xueshiwoaini", False),
        ("112358ab", False),
        ("abceg-----", False),  # a e g -
    ],
)
def test_five_different_characters_must_be_left_without_runs_and_common_words(password, taken):
    if taken:
        assert check_password(password, []) == password
    else:
        with pytest.raises(PasswordWeak):
            check_password(password, [])


def test_a_run_ends_where_its_direction_changes():
    assert check_password("abc1bcd2cba3", [])  # a 1 b 2 c 3
    assert check_password("123234345456567", [])  # 1 2 3 4 5
