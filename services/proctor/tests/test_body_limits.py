"""How much each endpoint of proctor takes: files where files belong, little everywhere else."""

import pytest

from services.proctor.api import MAX_FILE_BYTES, MAX_JSON_BYTES, body_limit

JSON = {"content-type": "application/json"}


def test_much_json_is_refused_before_it_is_read(world):
    answer = world.http.post("/api/proctor/consent", content=b"[" * (MAX_JSON_BYTES + 1), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "body.too_large")


@pytest.mark.parametrize("path", ["photos", "verifications", "verifications/v-1/frames", "checks/c-1/answer"])
def test_a_file_may_be_large(path):
    assert body_limit(f"/api/proctor/{path}") == MAX_FILE_BYTES


@pytest.mark.parametrize("path", ["consent", "checks", "checks/c-1", "verifications/v-1", "photos/answer"])
def test_nothing_else_may(path):
    assert body_limit(f"/api/proctor/{path}") == MAX_JSON_BYTES
