"""The log in a real bucket: whole, signed, decided once, and the same after a crash at any point."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from secrets import token_hex

import pytest
from mongoengine.connection import get_db
from prometheus_client import REGISTRY

from services.audit.adapters.archive_bucket import ArchiveBucket
from services.audit.application.archiver import Archiver, SegmentLimits
from services.audit.application.segment_builder import BrokenLog
from services.audit.settings import AuditSettings
from services.audit.storage import Segments, Span
from services.audit.storage.documents import EntryDocument
from services.audit.tests.builders import START, World
from shared.archive import Archive, DamagedArchive, manifest_verifier
from shared.crash_points import ARCHIVE_POINTS, KILLED
from shared.persistence.lease import Lease
from shared.persistence.objects import Objects
from shared.settings import read
from testkit.service_process import Process, nameko, running
from testkit.waiting import eventually


class EverybodysLease:
    """Holds nobody back, so that several can be at work."""

    def held(self):
        return True


@pytest.fixture
def messages():
    return list(enumerate(World().study().bodies()))


@pytest.fixture
def own_environment(environment):
    """The environment with a bucket of the test's own."""
    return environment | {
        "XUESHI_ARCHIVE_BUCKET": f"log-archive-{token_hex(6)}",
        "XUESHI_ARCHIVE_ENTRIES": "10",
    }


@pytest.fixture
def settings(own_environment):
    return read(AuditSettings, own_environment)


@pytest.fixture
def objects(settings):
    return Objects(settings, settings.archive_bucket)


@pytest.fixture
def archive(servers, objects):
    return Archive(objects, manifest_verifier([servers.stack.credentials.ec_pair("archive").public]))


@pytest.fixture
def archiver(log, settings):
    """Makes one for which the world's last event is an hour old; with other settings where they are named."""

    def make(clock=lambda: START + timedelta(hours=1), kind=Archiver, lease=None, **changed):
        own = replace(settings, **changed)
        bucket = ArchiveBucket(
            own, own.archive_bucket, private_key=own.archive_private_key, lock_days=own.archive_lock_days
        )
        limits = SegmentLimits(
            entries=own.archive_entries, bytes=own.archive_bytes, seconds=own.archive_seconds
        )
        return kind(log, Segments(), bucket, limits, lease or EverybodysLease(), clock)

    return make


def archived(archive):
    """All that the archive holds, each segment verified."""
    manifests = archive.manifests()
    for manifest in manifests:
        archive.verify(manifest)
    return [tuple(record) for manifest in manifests for record in archive.records(manifest)]


def versions(objects):
    """How often anything was put under each key."""
    stored = objects._client.list_objects(objects._bucket, recursive=True, include_version=True)
    return Counter(version.object_name for version in stored)


def test_full_segments_are_archived_to_the_byte_and_the_rest_waits(log, archiver, archive, messages):
    log.append(messages)
    assert archiver().run() == len(messages) // 10
    whole = len(messages) // 10 * 10
    assert archived(archive) == messages[:whole]
    manifests = archive.manifests()
    assert [manifest.events for manifest in manifests] == [10] * (whole // 10)
    assert manifests[-1].last_hash == log.head_at(whole).hash
    assert archive.end() == whole - 1
    assert archiver().run() == 0


def test_an_old_event_closes_its_segment_and_the_age_of_the_oldest_is_measured(
    log, archiver, archive, messages
):
    log.append(messages[:13])
    archiver().run()
    assert archive.end() == 9
    age = REGISTRY.get_sample_value("xueshi_log_unarchived_seconds")
    assert 3_500 < age <= 3_600
    assert archiver(clock=lambda: START + timedelta(days=1, minutes=1)).run() == 1
    assert archived(archive) == messages[:13]
    assert REGISTRY.get_sample_value("xueshi_log_unarchived_seconds") == 0


def test_large_events_make_smaller_segments(log, archiver, archive, messages):
    log.append(messages)
    archiver(archive_bytes=2_000).run()
    assert all(manifest.events < 10 for manifest in archive.manifests())
    whole = archived(archive)
    assert whole == messages[: len(whole)]
    assert len(whole) > len(messages) - 10


def test_what_comes_twice_or_is_no_event_is_archived_as_the_log_has_it(log, archiver, archive):
    strange = [(0, b'{"id":"a"}'), (1, b"\xff\n12 3\n"), (2, b'{"id":"a"}'), (4, b""), (5, b"\n\n")]
    log.append(strange)
    archiver(archive_entries=2).run()
    assert archived(archive) == [strange[0], strange[1], strange[3], strange[4]]
    assert archive.manifests()[0].times is None


def test_the_times_of_a_segment_are_those_of_its_events(log, archiver, archive, messages):
    log.append(messages)
    archiver().run()
    for manifest in archive.manifests():
        times = [entry.time for entry in log.read(manifest.first_position - 1, manifest.events)]
        assert (manifest.times.earliest, manifest.times.latest) == (min(times), max(times))


def test_a_broken_log_is_not_signed(log, archiver, archive, messages):
    log.append(messages)
    EntryDocument._get_collection().update_one({"_id": 15}, {"$set": {"body": b"{}"}})
    with pytest.raises(BrokenLog, match="entry 15"):
        archiver().run()
    assert archive.end() == 9


def test_a_log_that_is_shorter_than_what_was_decided_is_not_signed(log, archiver, archive, messages):
    log.append(messages[:12])
    Segments().decide(1, 20)
    with pytest.raises(BrokenLog, match="ends before entry 20"):
        archiver().run()
    assert archive.end() == -1


def test_the_bucket_refuses_deletion(log, archiver, objects, messages):
    log.append(messages)
    archiver().run()
    assert REGISTRY.get_sample_value("xueshi_log_archive_locked") == 1
    (one, *_) = objects._client.list_objects(objects._bucket, recursive=True, include_version=True)
    with pytest.raises(Exception, match="AccessDenied"):
        objects._client.remove_object(objects._bucket, one.object_name, version_id=one.version_id)


def test_a_bucket_without_lock_is_reported(log, archiver, archive, objects, messages):
    objects.ensure_bucket()
    log.append(messages)
    archiver().run()
    assert REGISTRY.get_sample_value("xueshi_log_archive_locked") == 0
    assert archive.end() >= 9


def test_of_two_archivers_at_once_the_late_one_writes_what_the_first_decided(
    log, archiver, archive, messages
):
    """The first has decided on 13 entries and is slow; the second sees 18 that are as old."""

    def clock():
        return START + timedelta(days=2)

    class Slow(Archiver):
        """Between its decision and its first put, the other one does all its work."""

        def _store(self, built, span):
            log.append(messages[13:18])
            archiver(clock, archive_entries=1_000).run()
            super()._store(built, span)

    class Late(Archiver):
        """Has looked for a decision before the other one made it, and built more."""

        def _build(self, before, span=None):
            built = super()._build(before, span)
            if span is None and before.position == 18:
                archiver(clock, archive_entries=1_000)._write()
                log.append(messages[:30])
                return super()._build(before, span)
            return built

    log.append(messages[:13])
    archiver(clock, Slow, archive_entries=1_000).run()
    assert archived(archive) == messages[:18]
    log.append(messages[:23])
    archiver(clock, Late, archive_entries=1_000).run()
    assert archived(archive) == messages[:30]
    assert [manifest.events for manifest in archive.manifests()] == [13, 5, 5, 7]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("point", ARCHIVE_POINTS)
def test_a_crash_between_any_two_steps_is_made_good(
    log, own_environment, archive, objects, messages, tmp_path, point
):
    log.append(messages[:25])
    doomed = Process(
        nameko("services.audit.service"), own_environment | {"XUESHI_CRASH_AT": f"{point}:2"}, tmp_path / "1"
    )
    eventually(lambda: doomed.status is not None, 60)
    assert doomed.status == KILLED
    assert archived(archive) in (messages[:10], messages[:20])  # whoever reads now is not misled
    get_db("audit")["archive_lease"].delete_many({})  # as when it has run out
    with running(nameko("services.audit.service"), own_environment, tmp_path / "2"):
        eventually(lambda: Segments().last() == Span(21, 25, archived=True))
    assert archived(archive) == messages[:25]
    assert set(versions(objects).values()) == {1}


def test_a_damaged_segment_is_written_again_when_it_is_noted_as_not_archived(
    log, archiver, archive, objects, messages
):
    log.append(messages)
    archiver().run()
    damaged, whole = archive.manifests()[1], archived(archive)
    objects.put(damaged.segment_key, b"gone")
    objects.put(damaged.key, b"gone")
    with pytest.raises(DamagedArchive):
        archived(archive)
    get_db("audit")["segments"].update_one({"_id": damaged.first_position}, {"$set": {"archived": False}})
    assert archiver().run() == 1
    assert archived(archive) == whole


def test_one_archives_and_the_other_stands_by(log, archiver, messages):
    def lease():
        return Lease(get_db("audit")["archive_lease"])

    log.append(messages[:30])
    assert archiver(lease=lease()).run() == 3
    log.append(messages)
    assert archiver(lease=lease()).run() == 0


def test_a_manifest_of_another_key_is_refused(log, servers, archiver, objects, messages):
    log.append(messages)
    archiver().run()
    stranger = servers.stack.credentials.ec_pair("stranger").public
    with pytest.raises(DamagedArchive, match=r"000000000000000-000000000000009.*signed with key"):
        Archive(objects, manifest_verifier([stranger])).manifests()
