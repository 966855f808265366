"""What must add up of learning once a repaired world is at rest: sessions, studies, draws, answers."""

import hashlib
from typing import TYPE_CHECKING

from tests.simulation.guarantees import Violation
from tests.simulation.playing import Stay

if TYPE_CHECKING:
    from tests.simulation.world import World


def count(world: "World") -> None:
    """Everything, one after the other. Raises Violation."""
    sessions = {row["_id"]: row for row in world.databases["learning"]["sessions"].peek() if row["lesson_id"]}
    stays = world.guarantees.playing.stays
    for id, row in sessions.items():
        for problem in _problems_of(stays[id], row):
            raise Violation(world, f"session {id}: {problem}")
    _count_studies(world, list(sessions.values()))
    _count_answers(world)


def _problems_of(stay: Stay, row: dict) -> list[str]:
    """What has not been settled of a session that nobody plays any more."""
    if stay.ended is None or row["ending"] is None:
        return ["it goes on for ever"]
    problems = {
        "its seed was not revealed": stay.revealed is None,
        "its batches do not add up": stay.ledger.covered_ms != row["covered_ms"] or row["batch"]["reports"],
        "it ended with other hours": stay.ended.covered_ms != row["covered_ms"],
        "it ended with other reports": len({stay.ended.reports, stay.ledger.numbers, row["reports"]}) > 1,
    }
    if stay.revealed:
        seed = bytes.fromhex(stay.revealed.seed)
        problems |= {
            "another seed was revealed": hashlib.sha256(seed).hexdigest() != stay.seed_hash,
            "another moment was revealed": stay.revealed.unforeseen_at_ms != _moment_of(stay),
        }
    return [problem for problem, is_there in problems.items() if is_there]


def _moment_of(stay: Stay) -> int | None:
    """What proctor reveals: nothing, when the session was over before it had heard of learning's value."""
    heard = stay.checked or (stay.revealed and stay.revealed.unforeseen_at_ms is not None)
    return stay.moment_ms if heard else None


def _count_studies(world: "World", sessions: list[dict]) -> None:
    """A study has what the best of its sessions has, and its checks."""
    for study in world.databases["learning"]["studies"].peek():
        for lesson in study["lessons"]:
            mine = [
                row
                for row in sessions
                if (row["enrollment_id"], row["lesson_id"]) == (study["_id"], lesson["lesson_id"])
            ]
            covered_ms = max((row["covered_ms"] for row in mine), default=0)
            if lesson["covered_ms"] != covered_ms:
                raise Violation(world, f"{study['_id']}: {lesson['covered_ms']} ms, sessions {covered_ms}")
            if not lesson["completed"] and {check["check_id"] for row in mine for check in row["checks"]} != {
                check["check_id"] for check in lesson["checks"]
            }:
                raise Violation(world, f"{study['_id']}: its checks are not those of its sessions")


def _count_answers(world: "World") -> None:
    """What an answer has promised is in a batch."""
    recorded = world.guarantees.playing.recorded
    for student in world.disturbances.students:
        if lost := student.answered - recorded:
            raise Violation(
                world, f"reports of {student.person_id} were accepted and lost: {sorted(lost)[:3]}"
            )
