"""Replay from archive and stream without a seam; a damaged archive is refused and named."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex

import pika
import pytest
from pymongo import MongoClient

from shared.archive import Manifest, ManifestSigner, Record, SegmentWriter, Times
from shared.archive.segment import sha256
from shared.eventlog.chain import GENESIS_HASH
from shared.eventlog.topology import LOG_ARGUMENTS, LOG_STREAM
from shared.persistence.objects import Objects
from tools.xueshi.archive import LogArchive, Unsound
from tools.xueshi.endpoints import ArchiveEndpoint, from_environment
from tools.xueshi.errors import Unknown, Unreachable
from tools.xueshi.follow import first_offset
from tools.xueshi.parts import base
from tools.xueshi.replay import archived_events, events
from tools.xueshi.seam import Severed
from tools.xueshi.selection import Selection
from tools.xueshi.stream import StreamReader

MORNING = datetime(2026, 3, 1, 8, tzinfo=UTC)
SMALL = {  # keeps about 17 events of FAT
    "x-queue-type": "stream", "x-max-length-bytes": 800_000, "x-stream-max-segment-size-bytes": 300_000,
}  # fmt: skip
FIRST, SECOND, THIRD = (f"{it:015d}-{it + 9:015d}" for it in (0, 10, 20))
FAT = "x" * 50_000
WANTED = [
    {}, {"since": 7}, {"since": 10, "until": 24}, {"since": 25}, {"since": 24, "until": 25}, {"until": 3},
    {"since": 26, "until": 28}, {"since": 30}, {"until": 9},
    {"subjects": ("study-1",)}, {"types": ("payment.*",), "since": 5, "until": 27},
]  # fmt: skip


def at(number):
    """The time of an event; each is a minute later than the one before."""
    return MORNING + timedelta(minutes=number)


def an_event(number, note=""):
    """An envelope of study 0, 1 or 2, of one of two types."""
    type_ = ("learning.lesson.completed.v1", "payment.fee.confirmed.v1")[number % 2]
    event = {"id": f"event-{number}", "type": type_, "subject": f"study-{number % 3}", "note": note}
    return json.dumps(event | {"time": at(number).isoformat()}, separators=(",", ":")).encode()


class Bucket:
    """A bucket of the test's own, and what audit would put there."""

    def __init__(self, place, private_key):
        self.place, self._signer = place, ManifestSigner(private_key)
        self.objects = Objects(place, place.bucket)
        self.objects.ensure_bucket()
        self._position, self._hash = 0, GENESIS_HASH

    def write(self, *records, **wrong):
        """One more segment, whose manifest may lie."""
        writer = SegmentWriter(self._hash)
        for it in records:
            writer.add(Record(*it))
        content = writer.close()
        manifest = Manifest(**{
            "first_position": self._position + 1, "last_position": self._position + len(records),
            "first_offset": records[0][0], "last_offset": records[-1][0], "times": times_of(records),
            "bytes": len(content), "sha256": sha256(content), "previous_hash": self._hash,
            "last_hash": writer.last_hash, **wrong,
        })  # fmt: skip
        self.objects.put(manifest.segment_key, content)
        self.objects.put(manifest.key, self._signer.sign(manifest))
        self._position, self._hash = manifest.last_position, manifest.last_hash
        return manifest

    def write_all(self, records, size=10):
        """All records, in segments of so many."""
        records = list(records)
        return [self.write(*records[at : at + size]) for at in range(0, len(records), size)]


def times_of(records):
    """The earliest and the latest."""
    times = [datetime.fromisoformat(json.loads(body)["time"]) for _, body in records]
    return Times(earliest=min(times), latest=max(times))


@pytest.fixture(scope="module")
def keys(servers):
    return servers.stack.credentials.ec_pair("archive")


@pytest.fixture
def place(servers, keys):
    names = ("XUESHI_S3_URL", "XUESHI_S3_ACCESS_KEY", "XUESHI_S3_SECRET_KEY")
    return ArchiveEndpoint(
        *(servers.env_for("audit")[it] for it in names), (keys.public,), f"archive-{token_hex(6)}"
    )


@pytest.fixture
def bucket(place, keys):
    return Bucket(place, keys.private)


@pytest.fixture
def stream(channel):
    """A stream of the test's own, of which the broker keeps less than a megabyte."""
    name = f"operated-log-{token_hex(4)}"
    channel.queue_declare(name, durable=True, arguments=SMALL)
    yield name
    channel.queue_delete(name)


@pytest.fixture
def publish(channel, stream):
    """Puts bodies on the stream, each confirmed by the broker; returns them with their offsets."""

    def confirmed(*bodies):
        for body in bodies:
            channel.basic_publish("", stream, body, pika.BasicProperties(), mandatory=True)
        return list(enumerate(bodies))

    return confirmed


@pytest.fixture
def replayed(uri, stream, place):
    """What `xueshi log replay` prints."""
    return lambda base=0, **wanted: list(
        events(uri, Selection(**wanted), lambda *_: None, stream, LogArchive(place), base)
    )


def wanted_by_time():
    """Choices that depend on the events' own times."""
    bounds = [(7, None), (12, 26), (29, None), (None, 9), (14.5, 15.5), (40, None), (19, 19), (20, 20)]
    return [
        {name: at(it) for name, it in (("since", since), ("until", until)) if it is not None}
        for since, until in bounds
    ]


def all_of(replayed, choices):
    """What each choice prints; side by side, for every one ends with half a second of listening."""
    with ThreadPoolExecutor(len(choices)) as pool:
        return list(pool.map(lambda it: replayed(**it), choices))


def chosen(log, wanted):
    """The same by the plain rule, from the whole log."""
    selection = Selection(**wanted)
    visible = [it for it in log if not selection.is_behind(it[0])]
    return [body for offset, body in visible if selection.line(offset, body) is not None]


@pytest.mark.parametrize("archived", [0, 1, 10, 25, 30])
def test_wherever_the_archive_ends_every_event_comes_once_and_in_order(bucket, publish, replayed, archived):
    log = publish(*map(an_event, range(30)))
    bucket.write_all(log[:archived])
    choices = WANTED + wanted_by_time()
    assert all_of(replayed, choices) == [chosen(log, it) for it in choices]


@pytest.fixture
def forgetful(publish, uri, stream):
    """A log whose beginning the stream has lost, and the index of the first event that it still holds.

    The broker takes offsets for notes of its own, so that they are asked of it before it forgets.
    """
    log = []
    with closing(StreamReader(uri, "first", stream)) as reader:
        rounds = reader.rounds()
        for number in range(0, 60, 6):
            publish(*(an_event(it, FAT) for it in range(number, number + 6)))
            while len(log) < number + 6:
                log += [(offset, body) for _, offset, body in next(rounds)]
    kept = first_offset(uri, stream)
    assert kept > 20
    return log, [offset for offset, _ in log].index(kept)


def test_what_the_stream_has_forgotten_comes_from_the_archive(bucket, replayed, forgetful):
    log, kept = forgetful
    choices = [*WANTED, {"since": at(kept + 5)}, {"since": at(3)}]
    bucket.write_all(log[: kept + 1])
    assert all_of(replayed, choices) == [chosen(log, it) for it in choices]
    bucket.write_all(log[kept + 1 :][:7])
    assert all_of(replayed, choices) == [chosen(log, it) for it in choices]


def test_what_neither_archive_nor_stream_has_is_never_passed_over(bucket, replayed, forgetful):
    log, kept = forgetful
    bucket.write_all(log[: kept - 3])
    lost = log[kept - 2][0]
    for wanted in ({}, {"since": lost}, {"since": 3}, {"since": at(3)}, {"since": at(58)}, {"until": lost}):
        with pytest.raises(Severed, match=f"begins at {log[kept][0]}"):
            replayed(**wanted)
    for wanted in ({"since": log[kept][0]}, {"since": 3, "until": log[kept - 4][0]}):
        assert replayed(**wanted) == chosen(log, wanted)


def test_an_empty_archive_does_not_hide_what_the_stream_has_forgotten(bucket, replayed, forgetful):
    with pytest.raises(Severed):
        replayed()
    log, kept = forgetful
    assert replayed(since=log[kept][0]) == [body for _, body in log[kept:]]


def test_a_stream_that_was_made_anew_is_not_mistaken_for_the_old_one(bucket, publish, replayed, uri, stream):
    bucket.write_all([(it, an_event(it)) for it in range(20)])
    with pytest.raises(Severed, match="made anew"):
        replayed()  # it is empty
    publish(*(an_event(it) for it in range(100, 140)))
    with pytest.raises(Severed, match="made anew"):
        replayed()  # it has grown past the place
    assert len(list(events(uri, Selection(), lambda *_: None, stream))) == 40


def test_a_new_stream_that_is_still_short_is_told_apart(bucket, publish, replayed):
    bucket.write_all([(it, an_event(it)) for it in range(20)])
    publish(an_event(100))
    with pytest.raises(Severed, match="made anew"):
        replayed()


@pytest.mark.parametrize("archived", [20, 21, 25, 30])
def test_a_stream_that_was_made_anew_goes_on_behind_what_audit_has_stored(
    bucket, publish, replayed, archived
):
    """Audit begins a new part, and adds its base to the new stream's offsets (services/audit)."""
    publish(*map(an_event, range(20, 30)))
    log = [(it, an_event(it)) for it in range(30)]
    bucket.write_all(log[:archived])
    choices = [it | {"base": 20} for it in WANTED + wanted_by_time()]
    assert all_of(replayed, choices) == [
        chosen(log, {name: value for name, value in it.items() if name != "base"}) for it in choices
    ]


def test_what_the_old_stream_had_and_the_archive_has_not_yet_is_not_passed_over(bucket, publish, replayed):
    publish(*map(an_event, range(20, 30)))
    bucket.write_all([(it, an_event(it)) for it in range(15)])
    with pytest.raises(Severed, match="ends at offset 14 and the stream begins at 20"):
        replayed(base=20)
    assert replayed(base=20, since=20) == [an_event(it) for it in range(20, 30)]


def test_the_base_is_what_audit_has_noted(endpoints):
    found = from_environment(endpoints)
    with MongoClient(endpoints["XUESHI_MONGO_URI_AUDIT"]) as client:
        noted = client.get_default_database()["parts"]
        noted.delete_many({})
        assert base(found) == 0
        noted.insert_many([{"_id": 7}, {"_id": 20}])
        assert base(found) == 20
        noted.delete_many({})
    assert base(replace(found, mongo_uris={})) == 0


def test_a_repeat_is_in_the_stream_and_not_in_the_archive(bucket, publish, replayed):
    log = publish(*map(an_event, (0, 1, 1, 2, 3, 3, 3, 4)))
    bucket.write_all([log[0], log[1], log[3], log[4]], size=2)  # as audit's log has them
    assert replayed() == [an_event(it) for it in (0, 1, 2, 3, 3, 3, 4)]
    assert replayed(since=2) == [an_event(it) for it in (2, 3, 3, 3, 4)]
    assert replayed(until=2) == [an_event(it) for it in (0, 1)]


def test_a_time_within_the_millisecond_of_the_latest_event_is_not_passed_over(bucket):
    """MongoDB keeps milliseconds, an event may have microseconds."""
    times = Times(earliest=at(0), latest=at(1))
    manifest = bucket.write((0, an_event(0)), times=times)
    assert manifest.may_hold(at(1) + timedelta(microseconds=999), None)
    assert not manifest.may_hold(at(1) + timedelta(microseconds=1_000), None)


def test_what_is_archived_needs_no_broker(bucket, place):
    log = [(it, an_event(it)) for it in range(30)]
    bucket.write_all(log)
    archive, away = LogArchive(place), "amqp://me:secret@127.0.0.1:1/%2F"
    assert list(events(away, Selection(since=3, until=12), lambda *_: None, archive=archive)) == [
        body for _, body in log[3:13]
    ]
    assert list(archived_events(Selection(), lambda *_: None, archive)) == [body for _, body in log]
    with pytest.raises(Unreachable, match="broker"):
        list(events(away, Selection(since=3), lambda *_: None, archive=archive))


def test_the_progress_goes_on_across_the_seam(bucket, publish, uri, stream, place):
    bucket.write_all(publish(*map(an_event, range(30)))[:25])
    told = []
    list(events(uri, Selection(), lambda *it: told.append(it), stream, LogArchive(place)))
    assert [it for it, _ in told] == sorted(it for it, _ in told)
    assert told[0] == (0, told[-1][1])
    assert told[-1][0] == 29


# ---- an archive that is not what was signed ----


def tampered(bucket, manifests):
    """One byte of a stored segment."""
    content = bytearray(bucket.objects.get(manifests[1].segment_key))
    content[40] ^= 1
    bucket.objects.put(manifests[1].segment_key, bytes(content))


def exchanged(bucket, manifests):
    """Another segment, signed as well, in its place."""
    bucket.objects.put(manifests[1].segment_key, bucket.objects.get(manifests[0].segment_key))


def missing(bucket, manifests):
    """A segment has been deleted."""
    bucket.objects.delete(manifests[1].segment_key)


def manifest_missing(bucket, manifests):
    """A manifest has been deleted, and with it the knowledge of its segment."""
    bucket.objects.delete(manifests[1].key)


def manifest_tampered(bucket, manifests):
    """The signature stays, and the payload says something else."""
    head, payload, signature = bucket.objects.get(manifests[1].key).split(b".")
    claims = json.loads(urlsafe_b64decode(payload + b"=="))
    changed = urlsafe_b64encode(json.dumps(claims | {"last_hash": "0" * 64}).encode()).rstrip(b"=")
    bucket.objects.put(manifests[1].key, b".".join([head, changed, signature]))


def manifest_moved(bucket, manifests):
    """A signed manifest under the name of another."""
    bucket.objects.put(manifests[1].key, bucket.objects.get(manifests[0].key))


def manifest_unsigned(bucket, manifests):
    """What says that it needs no signature (RFC 7515, "none")."""
    head, payload, _ = bucket.objects.get(manifests[1].key).split(b".")
    claims = json.loads(urlsafe_b64decode(head + b"=="))
    head = urlsafe_b64encode(json.dumps(claims | {"alg": "none"}).encode()).rstrip(b"=")
    bucket.objects.put(manifests[1].key, head + b"." + payload + b".")


@pytest.mark.parametrize(
    ("harm", "named"),
    [
        (tampered, f"{SECOND}.*not those that were signed"),
        (exchanged, f"{SECOND}.*not those that were signed"),
        (missing, f"{SECOND}.*not in the bucket"),
        (manifest_missing, f"{THIRD}.*does not follow {FIRST}"),
        (manifest_tampered, f"{SECOND}.*signature does not hold"),
        (manifest_moved, f"{SECOND}.*its manifest is that of {FIRST}"),
        (manifest_unsigned, f"{SECOND}.*signature does not hold"),
    ],
)
def test_a_damaged_segment_ends_the_replay_and_is_named(bucket, place, harm, named):
    log = [(it, an_event(it)) for it in range(30)]
    harm(bucket, bucket.write_all(log))
    read = []
    with pytest.raises(Unsound, match=named):
        read.extend(archived_events(Selection(since=5), lambda *_: None, LogArchive(place)))
    assert read in ([], [body for _, body in log[5:10]])


def test_the_beginning_of_the_archive_cannot_be_taken_away(bucket, place):
    (first, *_) = bucket.write_all([(it, an_event(it)) for it in range(30)])
    bucket.objects.delete(first.key)
    with pytest.raises(Unsound, match=f"{SECOND}.*what stands before it"):
        list(archived_events(Selection(), lambda *_: None, LogArchive(place)))
    assert len(list(archived_events(Selection(since=10), lambda *_: None, LogArchive(place)))) == 20


@pytest.mark.parametrize(
    ("lie", "named"),
    [
        ({"last_hash": "1" * 64}, "do not form the signed chain"),
        ({"last_position": 11}, "does not hold the events that its manifest counts"),
    ],
)
def test_a_signed_lie_is_found_by_verifying(bucket, place, lie, named):
    """The signer's own fault, or its stolen key: the chain still tells."""
    bucket.write(*[(it, an_event(it)) for it in range(10)], **lie)
    archive = LogArchive(place)
    (row,) = [archive.row(it, verify=True) for it in archive.manifests()]
    assert not row["verified"]
    assert named in row["fault"]


def test_a_key_that_nobody_vouches_for_is_refused_and_an_earlier_one_still_counts(bucket, place, servers):
    bucket.write((0, an_event(0)))
    other = servers.stack.credentials.ec_pair("archive-next")
    with pytest.raises(Unsound, match="signed with key"):
        LogArchive(replace(place, public_keys=(other.public,))).manifests()
    bucket._signer = ManifestSigner(other.private)
    bucket.write((1, an_event(1)))
    both = LogArchive(replace(place, public_keys=(other.public, *place.public_keys)))
    assert len({it.key_id for it in both.manifests()}) == 2


# ---- the command ----


@pytest.fixture
def archive_places(place):
    """What an operator sets for the archive."""
    return {
        "XUESHI_S3_URL": place.s3_url, "XUESHI_S3_ACCESS_KEY": place.s3_access_key,
        "XUESHI_S3_SECRET_KEY": place.s3_secret_key, "XUESHI_ARCHIVE_BUCKET": place.bucket,
        "XUESHI_ARCHIVE_PUBLIC_KEY": str(place.public_keys[0]),
    }  # fmt: skip


def test_the_segments_are_listed_and_verified(bucket, operate, archive_places):
    manifests = bucket.write_all([(it, an_event(it)) for it in range(1_030)], size=1_000)
    table = operate("log", "archive", **archive_places)
    assert (table.returncode, "0–999" in table.stdout, "1,000–1,029" in table.stdout) == (0, True, True)
    assert "2 segments, 1,030 events" in table.stderr
    verified = json.loads(operate("log", "archive", "--verify", "--json", **archive_places).stdout)
    assert [(it["sha256"], it["verified"], it["events"]) for it in verified] == [
        (manifests[0].sha256, True, 1_000), (manifests[1].sha256, True, 30),
    ]  # fmt: skip
    missing(bucket, manifests)
    done = operate("log", "archive", "--verify", **archive_places)
    assert done.returncode == 1
    assert f"Segment {manifests[1].name} of the archive: it is not in the bucket" in done.stderr
    assert "all verified" not in done.stderr


def test_the_command_replays_the_archive(bucket, operate, archive_places):
    log = [(it, an_event(it)) for it in range(30)]
    bucket.write_all(log)
    done = operate("log", "replay", "--source", "archive", "--from", "12", "--to", "20", **archive_places)
    assert done.stdout.encode() == b"".join(body + b"\n" for _, body in log[12:21])
    assert (done.returncode, done.stderr) == (0, "9 events printed.\n")
    tampered(bucket, bucket.write_all([(it, an_event(it)) for it in range(30, 50)]))
    broken = operate("log", "replay", "--source", "archive", **archive_places)
    assert broken.returncode == 1
    assert "Segment 000000000000040-000000000000049 of the archive" in broken.stderr
    assert "Traceback" not in broken.stderr


def test_the_archive_of_a_system_on_this_machine_is_found(operate, servers):
    done = operate("--local", str(servers.stack.state), "log", "archive", "--json")
    assert (done.returncode, done.stdout[:1]) == (0, "[")


def test_without_an_archive_the_stream_alone_is_read_and_that_is_said(operate, channel):
    channel.queue_declare(LOG_STREAM, durable=True, arguments=LOG_ARGUMENTS)
    done = operate("log", "replay", "--subject", "nobody")
    assert (done.returncode, done.stderr) == (
        0, "0 events printed, of the stream alone: no archive is set.\n",
    )  # fmt: skip
    asked = operate("log", "archive")
    assert asked.returncode == 2
    assert "XUESHI_S3_URL" in asked.stderr


def test_an_archive_that_is_away_is_named_without_its_password(operate, archive_places):
    away = archive_places | {"XUESHI_S3_URL": "http://127.0.0.1:1"}
    done = operate("log", "replay", "--source", "archive", **away)
    assert done.returncode == 3
    assert "The archive at 127.0.0.1:1 does not answer" in done.stderr
    assert archive_places["XUESHI_S3_SECRET_KEY"] not in done.stderr
    assert "Traceback" not in done.stderr


def test_an_archive_that_is_half_set_or_whose_key_is_missing_is_an_error(archive_places, endpoints, place):
    assert from_environment(endpoints | archive_places).archive == place
    with pytest.raises(Unknown, match="XUESHI_S3_URL"):
        from_environment(endpoints | archive_places | {"XUESHI_S3_URL": ""})
    assert from_environment(endpoints | archive_places | {"XUESHI_ARCHIVE_PUBLIC_KEY": ""}).archive is None
    with pytest.raises(Unknown, match=r"nowhere\.pub"):
        LogArchive(replace(place, public_keys=(Path("nowhere.pub"),)))
