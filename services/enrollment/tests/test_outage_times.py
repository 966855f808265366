"""Times of an outage that an operator may write, and that no clock in UTC ever shows."""

import pytest
from pydantic import ValidationError

from services.enrollment.api.outages import NewOutage

OUTAGE = {"component": "learning", "reason": "network", "began_at": "2026-03-02T12:00:00+08:00"}


@pytest.mark.parametrize("field", ["began_at", "ended_at"])
@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_that_utc_does_not_have_is_refused(field: str, time: str) -> None:
    with pytest.raises(ValidationError):
        NewOutage.model_validate(OUTAGE | {field: time})
