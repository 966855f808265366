"""Audit's events process as it is deployed: its word on a study comes back through the stream (R28)."""

import json

from services.audit.storage.documents import EntryDocument
from services.audit.tests.studies import study_bodies
from testkit.waiting import eventually

DEADLINE = 60.0


def test_a_completed_study_on_the_stream_is_spoken_of(log, stream, events_process):
    stream(*study_bodies())
    with events_process():
        rows = EntryDocument._get_collection()
        said = eventually(lambda: rows.find_one({"type": "audit.study.derived.v1"}), DEADLINE)
    data = json.loads(said["body"])["data"]
    assert (data["enrollment_id"], data["agrees"], data["faults"]) == ("enrollment-1", True, [])
    assert log.head_at(data["log_position"]).hash == data["head_hash"]
    assert said["_id"] > data["log_position"]
