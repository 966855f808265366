"""Whole numbers as clients send them: each has a bound in the schema, below what the database can hold."""

from dataclasses import fields, is_dataclass
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

MAX_NUMBER = 2**53 - 1  # RFC 8259, section 6: what every JSON parser reads exactly
T = TypeVar("T")


def _bounded(value: T) -> T:
    """The value, whose whole numbers are in bounds, those inside a dataclass too. Raises ValueError."""
    if is_dataclass(value):
        for field in fields(value):
            _bounded(getattr(value, field.name))
    if isinstance(value, int) and abs(value) > MAX_NUMBER:
        raise ValueError(f"numbers lie between -{MAX_NUMBER} and {MAX_NUMBER} 数字超出范围")
    return value


Whole = Annotated[int, Field(ge=0, le=MAX_NUMBER)]  # 0, 1, 2 …
Integer = Annotated[int, Field(ge=-MAX_NUMBER, le=MAX_NUMBER)]
Bounded = AfterValidator(_bounded)  # of a dataclass: `policy: Annotated[StudyPolicy, Bounded]`
