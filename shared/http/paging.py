"""Which page of a list is asked for: by its number, or behind a position."""

from typing import Annotated

from fastapi import Query

from shared.http.numbers import MAX_NUMBER

Page = Annotated[int, Query(ge=1, le=1_000)]
After = Annotated[int, Query(ge=0, le=MAX_NUMBER, description="Go on behind this position")]
PageSize = Annotated[int, Query(ge=1, le=1_000, description="How many at most")]
