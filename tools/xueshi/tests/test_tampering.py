"""An archive that is not what was signed is refused, and the segment is named."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace

import pytest

from tools.xueshi.archive import LogArchive, UnsoundArchive
from tools.xueshi.replay import archived_events
from tools.xueshi.selection import Selection
from tools.xueshi.tests.archiving import a_log, an_event

FIRST, SECOND, THIRD = (f"{first:015d}-{first + 9:015d}" for first in (0, 10, 20))


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
def test_a_damaged_segment_ends_the_replay_and_is_named(bucket, endpoint, harm, named):
    log = a_log(30)
    harm(bucket, bucket.write_all(log))
    read = []
    with pytest.raises(UnsoundArchive, match=named):
        read.extend(archived_events(Selection(since=5), lambda *_: None, LogArchive(endpoint)))
    assert read in ([], [body for _, body in log[5:10]])


def test_the_beginning_of_the_archive_cannot_be_taken_away(bucket, endpoint):
    (first, *_) = bucket.write_all(a_log(30))
    bucket.objects.delete(first.key)
    with pytest.raises(UnsoundArchive, match=f"{SECOND}.*what comes before it"):
        list(archived_events(Selection(), lambda *_: None, LogArchive(endpoint)))
    assert len(list(archived_events(Selection(since=10), lambda *_: None, LogArchive(endpoint)))) == 20


@pytest.mark.parametrize(
    ("lie", "named"),
    [
        ({"last_hash": "1" * 64}, "do not form the signed chain"),
        ({"last_position": 11}, "does not hold the events that its manifest counts"),
    ],
)
def test_a_signed_lie_is_found_by_verifying(bucket, endpoint, lie, named):
    """The signer's own fault, or its stolen key: the chain still tells."""
    bucket.write(*a_log(10), **lie)
    archive = LogArchive(endpoint)
    (row,) = [archive.row(manifest, verify=True) for manifest in archive.manifests()]
    assert not row["verified"]
    assert named in row["fault"]


def test_a_key_that_nobody_vouches_for_is_refused_and_an_earlier_one_still_counts(bucket, endpoint, servers):
    bucket.write((0, an_event(0)))
    other = servers.stack.credentials.ec_pair("archive-next")
    with pytest.raises(UnsoundArchive, match="signed with key"):
        LogArchive(replace(endpoint, public_keys=(other.public,))).manifests()
    bucket.sign_with(other.private)
    bucket.write((1, an_event(1)))
    both = LogArchive(replace(endpoint, public_keys=(other.public, *endpoint.public_keys)))
    assert len({manifest.key_id for manifest in both.manifests()}) == 2
