"""Certificate numbers: computed, so that everybody comes to the same (R29)."""

from datetime import UTC, datetime, timedelta

import pytest

from services.certificate.domain import certificate_number
from services.certificate.tests.builders import NOW, NUMBER
from shared.events.terms import LicenceCategory


def test_the_known_number_stays():
    assert certificate_number("enrollment-1", LicenceCategory.LEVEL_TWO, NOW) == NUMBER
    assert certificate_number("enrollment-1", LicenceCategory.LEVEL_ONE, NOW) == NUMBER.replace("CE2", "CE1")


@pytest.mark.parametrize(("hour", "year"), [(15, "2026"), (16, "2027")])
def test_the_year_of_a_number_is_that_of_china(hour, year):
    approved_at = datetime(2026, 12, 31, hour, 30, tzinfo=UTC)
    assert certificate_number("enrollment-1", LicenceCategory.LEVEL_TWO, approved_at)[7:11] == year


def test_a_number_belongs_to_its_enrolment():
    numbers = {
        certificate_number(f"enrollment-{index}", LicenceCategory.LEVEL_TWO, NOW) for index in range(2_000)
    }
    assert len(numbers) == 2_000
    number = certificate_number("enrollment-1", LicenceCategory.LEVEL_TWO, NOW)
    assert number == certificate_number("enrollment-1", LicenceCategory.LEVEL_TWO, NOW + timedelta(days=3))
    assert number.startswith("CE2-42-2026-")
