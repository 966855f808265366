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
