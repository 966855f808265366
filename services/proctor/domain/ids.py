"""Ids that lead back to their aggregate: its id, a hyphen, and the part of it that is meant.

    face check                <session>-<moment>              5e55-start
    job: one of its frames    <session>-<moment>-<frame>      5e55-start-1, the first frame is 1
    job: a verification       <person>-<verification>

A job about a declaration photo has the id of the photo. The last part never contains a hyphen.
"""


def join_id(whole_id: str, part: str) -> str:
    """The id of a part."""
    return f"{whole_id}-{part}"


def split_id(id: str) -> tuple[str, str]:
    """Undo `join_id`: the id of the whole, and the part."""
    whole_id, _, part = id.rpartition("-")
    return whole_id, part


def session_of_check(check_id: str) -> str:
    """The id of the session that a face check belongs to."""
    return split_id(check_id)[0]


def session_of_job(job_id: str) -> str:
    """The id of the session that a job about a frame belongs to."""
    check_id, _ = split_id(job_id)
    return session_of_check(check_id)
