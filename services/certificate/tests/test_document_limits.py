"""Which data a certificate takes, at the very limits, and how it writes its time (R30)."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from services.certificate.domain import HoursRecord
from services.certificate.tests.builders import Study
from services.certificate.tests.documents import a_certificate

DAY = date(2026, 3, 1)


def test_no_seconds_of_one_kind_an_hour_of_one_second_and_a_study_of_one_day_are_taken():
    data = a_certificate(
        compulsory_seconds=0, elective_seconds=0, seconds_per_hour=1, study_started=DAY, study_ended=DAY
    )
    assert (data.compulsory_hours, data.elective_hours) == (0, 0)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"compulsory_seconds": -1}, "seconds cannot be negative"),
        ({"elective_seconds": -1}, "seconds cannot be negative"),
        ({"seconds_per_hour": 0}, "nor an hour empty"),
        (
            {"study_started": DAY, "study_ended": DAY - timedelta(days=1)},
            "study cannot end before it started",
        ),
        ({"issued_at": datetime(2026, 3, 1)}, "issued_at must carry a time zone"),  # noqa: DTZ001 - the point
    ],
)
def test_what_no_certificate_can_say_is_refused(changes, reason):
    with pytest.raises(ValueError, match=reason):
        a_certificate(**changes)


def test_the_time_of_issue_is_written_in_utc_to_the_second():
    local = datetime(2026, 3, 1, 8, 30, 15, 999_999, tzinfo=timezone(timedelta(hours=8)))
    assert a_certificate(issued_at=local).issued_at_utc.isoformat() == "2026-03-01T00:30:15+00:00"
    assert a_certificate(issued_at=local).issued_at_utc.tzinfo is UTC


def test_a_record_begins_with_what_was_declared():
    study = Study()
    declared = study.declared("sealed by enrollment")
    record = HoursRecord.of(declared, "sealed anew")
    assert (record.id, record.person_id) == (declared.enrollment_id, declared.person_id)
    for name in ("organisation", "batch", "category", "specialty"):
        assert getattr(record, name) == getattr(declared, name)
    assert record.personal == "sealed anew"
