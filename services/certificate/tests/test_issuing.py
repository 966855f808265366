"""From an approved record to the stored PDF, whatever happens in between (R30)."""

import subprocess

import pytest

from services.certificate.adapters.rendering import RenderingFailed
from services.certificate.storage import HoursRecords
from services.certificate.tests.builders import personal_json
from services.certificate.tests.documents import issue
from shared.domain.clock import utc_now


def test_a_repeated_approval_makes_no_second_certificate(client, certificate, runtime):
    first = runtime.records.get("enrollment-1")
    issue(runtime)
    assert runtime.records.get("enrollment-1") == first


class DyingRecords(HoursRecords):
    """The process dies before it writes."""

    def update_and_get(self, *_, **__):
        raise OSError("the process died")


def test_a_crash_after_storing_ends_with_the_same_certificate(approved, runtime):
    def stored():
        return set(runtime.certificates.keys(""))

    # Approved at a time like no other test's.
    runtime.records.update("enrollment-1", lambda record: setattr(record, "approved_at", utc_now()))
    before, runtime.records = stored(), DyingRecords()
    with pytest.raises(OSError, match="died"):
        issue(runtime, subprocess.run)
    left_behind, runtime.records = stored() - before, HoursRecords()
    issue(runtime, subprocess.run)
    assert left_behind == stored() - before == {runtime.records.get("enrollment-1").certificate.object_key}


def test_bytes_that_differ_from_those_of_a_faster_process_are_not_kept(approved, runtime):
    def faster(command, *, input, **_):
        issue(runtime)
        return subprocess.CompletedProcess(command, 0, stdout=b"%PDF other bytes", stderr=b"")

    before = set(runtime.certificates.keys(""))
    issue(runtime, faster)
    certificate = runtime.records.get("enrollment-1").certificate
    assert set(runtime.certificates.keys("")) == before | {certificate.object_key}
    pdf = runtime.certificates.get_sealed(approved.person_id, certificate.object_key)
    assert pdf != b"%PDF other bytes"


def test_what_the_store_holds_is_sealed(client, certificate, runtime):
    record = runtime.records.get("enrollment-1")
    assert b"%PDF" not in runtime.certificates.get(record.certificate.object_key)


def test_a_certificate_that_cannot_be_drawn_says_so_without_the_name(approved, runtime, person):
    unprintable = runtime.keyring.seal_text(person, personal_json(name="\U000f0000\U000f0001"), "certificate")
    runtime.records.update("enrollment-1", lambda record: setattr(record, "personal", unprintable))
    with pytest.raises(RenderingFailed) as failure:
        issue(runtime)
    assert "UnprintableText" in str(failure.value)
    assert "\U000f0000" not in str(failure.value)
    assert runtime.records.get("enrollment-1").status == "approved"
