"""Pictures that nothing refers to are not kept: nobody would ever delete them (R34)."""

from concurrent.futures import ThreadPoolExecutor

from services.proctor.domain.object_keys import check_frame
from services.proctor.tests.builders import a_picture


def test_of_many_answers_at_once_one_picture_is_kept(world):
    learner = world.verified()
    check_id = f"{world.entered(learner)}-start"
    with ThreadPoolExecutor(12) as pool:
        answers = [*pool.map(lambda _: learner.answer(check_id, a_picture()), range(24))]
    assert [answer.status_code for answer in answers].count(202) == 1
    folder = check_frame(learner.person_id, check_id, "x").rpartition("/")[0]
    stored = [key for key in world.evidence_bucket.keys(folder) if check_id in key]
    check = world.sessions.get(check_id.removesuffix("-start")).check(check_id)
    assert stored == check.frame_keys


def test_of_many_verifications_at_once_each_picture_belongs_to_one(world):
    learner = world.declared()
    learner.consent()
    with ThreadPoolExecutor(12) as pool:
        answers = [*pool.map(lambda _: learner.begin(a_picture()), range(24))]
    begun = {answer.json()["verification_id"] for answer in answers if answer.status_code == 201}
    assert len(begun) < len(answers)
    stored = [*world.evidence_bucket.keys(f"persons/{learner.person_id}/verifications/")]
    assert len(stored) == len(begun)
