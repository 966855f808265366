"""Hashes, digests and one-time passwords."""

import base64
from datetime import timedelta

import pyotp
import pytest

from services.identity.adapters.digests import Digests
from services.identity.adapters.one_time_passwords import matching_step
from services.identity.adapters.passwords import Passwords
from services.identity.tests.builders import NOW

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
STEP = int(NOW.timestamp()) // 30


def test_a_password_hash_is_argon2id_and_salted():
    passwords = Passwords()
    first, second = passwords.hash("correct horse"), passwords.hash("correct horse")
    assert first != second
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify(first, "correct horse")
    assert not passwords.verify(first, "correct horsf")
    assert not passwords.verify(None, "correct horse")


def test_digests_depend_on_pepper_purpose_and_the_cut_between_parts():
    one, other = Digests(base64.b64encode(b"1" * 32).decode()), Digests(base64.b64encode(b"2" * 32).decode())
    made = {one.of("a", "bc"), one.of("a", "b", "c"), one.of("ab", "c"), other.of("a", "bc")}
    assert len(made) == 4


@pytest.mark.parametrize(
    ("seconds", "accepted"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_a_one_time_password_may_be_one_step_off(seconds, accepted):
    otp = pyotp.TOTP(SECRET).at(NOW + timedelta(seconds=seconds))
    assert matching_step(SECRET, otp, NOW) == (STEP + seconds // 30 if accepted else None)
