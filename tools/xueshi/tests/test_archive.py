"""The command about the archive, and the archive as a source of a replay."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from shared.eventlog.topology import LOG_ARGUMENTS, LOG_STREAM
from tools.xueshi.archive import LogArchive
from tools.xueshi.endpoints import from_environment
from tools.xueshi.errors import Unknown
from tools.xueshi.tests.archiving import a_log


@pytest.fixture
def archive_settings(endpoint):
    """What an operator sets for the archive."""
    return {
        "XUESHI_S3_URL": endpoint.s3_url, "XUESHI_S3_ACCESS_KEY": endpoint.s3_access_key,
        "XUESHI_S3_SECRET_KEY": endpoint.s3_secret_key, "XUESHI_ARCHIVE_BUCKET": endpoint.bucket,
        "XUESHI_ARCHIVE_PUBLIC_KEY": str(endpoint.public_keys[0]),
    }  # fmt: skip


def test_the_segments_are_listed_and_verified(bucket, operate, archive_settings):
    manifests = bucket.write_all(a_log(1_030), size=1_000)
    table = operate("log", "archive", **archive_settings)
    assert (table.returncode, "0–999" in table.stdout, "1,000–1,029" in table.stdout) == (0, True, True)
    assert "2 segments, 1,030 events" in table.stderr
    verified = json.loads(operate("log", "archive", "--verify", "--json", **archive_settings).stdout)
    assert [(row["sha256"], row["verified"], row["events"]) for row in verified] == [
        (manifests[0].sha256, True, 1_000), (manifests[1].sha256, True, 30),
    ]  # fmt: skip
    bucket.objects.delete(manifests[1].segment_key)
    done = operate("log", "archive", "--verify", **archive_settings)
    assert done.returncode == 1
    assert f"Segment {manifests[1].name} of the archive: it is not in the bucket" in done.stderr
    assert "all verified" not in done.stderr


def test_the_command_replays_the_archive(bucket, operate, archive_settings):
    log = a_log(30)
    bucket.write_all(log)
    done = operate("log", "replay", "--source", "archive", "--from", "12", "--to", "20", **archive_settings)
    assert done.stdout.encode() == b"".join(body + b"\n" for _, body in log[12:21])
    assert (done.returncode, done.stderr) == (0, "9 events printed.\n")
    damaged = bucket.write_all(a_log(30, 50))[1]
    bucket.objects.put(damaged.segment_key, b"of another")
    broken = operate("log", "replay", "--source", "archive", **archive_settings)
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


def test_an_archive_that_is_away_is_named_without_its_password(operate, archive_settings):
    away = archive_settings | {"XUESHI_S3_URL": "http://127.0.0.1:1"}
    done = operate("log", "replay", "--source", "archive", **away)
    assert done.returncode == 3
    assert "The archive at 127.0.0.1:1 does not answer" in done.stderr
    assert archive_settings["XUESHI_S3_SECRET_KEY"] not in done.stderr
    assert "Traceback" not in done.stderr


def test_an_archive_that_is_half_set_or_whose_key_is_missing_is_an_error(
    archive_settings, endpoints, endpoint
):
    assert from_environment(endpoints | archive_settings).archive == endpoint
    with pytest.raises(Unknown, match="XUESHI_S3_URL"):
        from_environment(endpoints | archive_settings | {"XUESHI_S3_URL": ""})
    assert from_environment(endpoints | archive_settings | {"XUESHI_ARCHIVE_PUBLIC_KEY": ""}).archive is None
    with pytest.raises(Unknown, match=r"nowhere\.pub"):
        LogArchive(replace(endpoint, public_keys=(Path("nowhere.pub"),)))
