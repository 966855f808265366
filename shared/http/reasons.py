"""A body that says why somebody decides as they do."""

from pydantic import BaseModel, Field


class Reason(BaseModel):
    """理由."""

    reason: str = Field(min_length=2, max_length=500)
