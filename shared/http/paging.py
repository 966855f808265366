"""Which page of a list is asked for: by its number, or behind a position; and from which time."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator, AwareDatetime

from shared.http.numbers import MAX_NUMBER


def _in_utc(time: datetime) -> datetime:
    """The same time in UTC. Raises ValueError for one beyond the years that exist there."""
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise ValueError("there is no such time in UTC 时间超出范围") from None


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Page = Annotated[int, Query(ge=1, le=1_000)]
After = Annotated[int, Query(ge=0, le=MAX_NUMBER, description="Go on behind this position")]
PageSize = Annotated[int, Query(ge=1, le=1_000, description="How many at most")]
