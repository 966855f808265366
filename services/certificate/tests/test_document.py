"""What a certificate says (R30)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.certificate.domain.document import mask_id_number
from services.certificate.tests.documents import (
    a_certificate,
)


def test_hours_round_down_and_the_total_is_taken_from_seconds() -> None:
    data = a_certificate(compulsory_seconds=14, elective_seconds=14, seconds_per_hour=15)
    assert (data.compulsory_hours, data.total_hours) == (Decimal("0.93"), Decimal("1.86"))


@pytest.mark.parametrize(
    "changes",
    [
        {"id_number_masked": "420106199001011234"},
        {"number": "../../etc"},
        {"issued_at": datetime(2026, 5, 28)},  # noqa: DTZ001
        {"elective_seconds": -1},
        {"seconds_per_hour": 0},
        {"study_ended": date(2026, 3, 1)},
    ],
)
def test_what_must_not_be_printed_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        a_certificate(**changes)


def test_an_id_number_is_masked_for_print() -> None:
    assert mask_id_number("42010619900101123X") == "420106********123X"
    with pytest.raises(ValueError, match="18"):
        mask_id_number("4201061990")
