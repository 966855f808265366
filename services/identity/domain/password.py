"""What a password must be (R15; NIST SP 800-63B, 5.1.1.2: long, no obvious guess, no composition rules)."""

import unicodedata
from collections.abc import Iterable
from itertools import pairwise

from shared.domain.errors import DomainError

MIN_CHARACTERS, MAX_CHARACTERS = 10, 128
MIN_DIFFERENT = 5  # different ones, once runs, repeats and common words are left out
COMMON = (
    "password",
    "passw0rd",
    "qwerty",
    "asdfgh",
    "zxcvbn",
    "1q2w3e",
    "admin",
    "iloveyou",
    "woaini",
    "xueshi",
)
PIECE, MIN_PIECE = 6, 3  # characters: a personal number is recognised by any piece of it


class PasswordWeak(DomainError):
    """密码太弱: reason is too_short, too_long, personal or predictable."""

    code = "password.weak"
    message = "Choose another password, at least {shortest} characters: {reason} 密码太弱, 请更换."


def normal_form(password: str) -> str:
    """Unicode form NFKC, so that the same password typed on another keyboard is the same."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, personal: Iterable[str]) -> str:
    """The password in normal form. `personal` is what the owner is known by. Raises PasswordWeak."""
    normal = normal_form(password)
    plain = normal.casefold()
    failed = {
        "too_short": len(normal) < MIN_CHARACTERS,
        "too_long": len(normal) > MAX_CHARACTERS,
        "personal": any(_mentions(plain, known.casefold()) for known in personal),
        "predictable": len(set(_without_runs(_without_common(plain)))) < MIN_DIFFERENT,
    }
    if reasons := [reason for reason, fails in failed.items() if fails]:
        raise PasswordWeak(reason=reasons[0], shortest=MIN_CHARACTERS)
    return normal


def _mentions(password: str, known: str) -> bool:
    """Whether a piece of an ID number, phone or username is part of the password."""
    pieces = (known[start : start + PIECE] for start in range(max(1, len(known) - PIECE + 1)))
    return any(len(piece) >= MIN_PIECE and piece in password for piece in pieces)


def _without_common(password: str) -> str:
    for word in COMMON:
        password = password.replace(word, "")
    return password


def _without_runs(password: str) -> str:
    """Without the characters that go on with a run such as 1234, dcba or 7777."""
    kept, step = password[:1], None
    for before, character in pairwise(password):
        distance = ord(character) - ord(before)
        goes_on = distance in (-1, 0, 1) and step in (None, distance)
        step = distance if goes_on else None
        kept += "" if goes_on else character
    return kept
