"""Settings name what is missing."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.settings import SettingsError, read


@dataclass(frozen=True, kw_only=True)
class Small:
    size: int
    place: Path
    colour: str = "blue"


def test_settings_are_read_with_their_types_and_defaults():
    read_settings = read(Small, {"XUESHI_SIZE": "3", "XUESHI_PLACE": "/x"})
    assert read_settings == Small(size=3, place=Path("/x"))


def test_each_missing_or_malformed_variable_is_named():
    with pytest.raises(SettingsError, match=r"XUESHI_SIZE .*XUESHI_PLACE is missing"):
        read(Small, {"XUESHI_SIZE": "three"})
