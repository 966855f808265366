"""A document is derived from its aggregate, and what is written is of the types that it claims."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

import mongoengine as me
import pytest

from shared.domain.aggregate import Aggregate
from shared.persistence.documents import check_values, document_of, record_document_of


class Colour(StrEnum):
    """颜色."""

    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, kw_only=True)
class Wheel:
    """A part that is stored inside its whole."""

    spokes: int


@dataclass(kw_only=True)
class Cart(Aggregate):
    """One field of each type that aggregates have."""

    owner: str
    made_at: datetime
    colour: Colour
    load_kg: int = 0
    owners_before: list[str]
    wheels: list[Wheel] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    sold: bool = False
    buyer: str | None = None
    spare: Wheel | None = None


DOCUMENT = document_of(Cart, "carts", service="probe", indexes=[{"fields": ["owner"], "name": "owner"}])
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
STATE = {
    "id": "c1", "version": 0, "sequence": 0, "owner": "Li", "made_at": NOON, "colour": "red", "load_kg": 3,
    "owners_before": [], "wheels": [{"spokes": 12}], "notes": {"a": "b"}, "sold": False, "buyer": None,
    "spare": None,
}  # fmt: skip


def test_every_field_of_the_aggregate_has_one_in_the_document():
    kinds = {name: type(column) for name, column in DOCUMENT._fields.items()}
    assert kinds["owner"] is kinds["colour"] is kinds["buyer"] is me.StringField
    assert (kinds["made_at"], kinds["load_kg"], kinds["sold"]) == (
        me.DateTimeField,
        me.IntField,
        me.BooleanField,
    )
    assert (kinds["wheels"], kinds["notes"], kinds["spare"]) == (me.ListField, me.DictField, me.DictField)
    assert {"outbox", "handled", "handled_until", "write_id"} <= kinds.keys()


def test_the_document_has_the_collection_and_indexes_that_were_asked_for():
    assert DOCUMENT._get_collection_name() == "carts"
    assert [index["name"] for index in DOCUMENT._meta["indexes"]] == ["owner"]


def test_what_fits_is_accepted():
    check_values(DOCUMENT, STATE)


def test_an_empty_list_is_a_value_like_any_other():
    check_values(DOCUMENT, STATE, STATE | {"owners_before": ["Wang"]})


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("owner", 7),
        ("made_at", "noon"),
        ("colour", "green"),
        ("load_kg", "heavy"),
        ("wheels", {"spokes": 12}),
        ("wheels", ["round"]),
        ("notes", ["a"]),
        ("sold", "yes"),
        ("buyer", 7),
        ("spare", "round"),
    ],
)
def test_a_value_of_another_type_is_refused_with_its_fields_name(name, wrong):
    with pytest.raises(me.ValidationError) as refused:
        check_values(DOCUMENT, STATE | {name: wrong})
    assert refused.value.field_name == name


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("load_kg", "heavy"),
        ("wheels", ["round"]),
        ("wheels", [{"spokes": 12}, "round"]),
        ("wheels", "round"),
        ("spare", "round"),
    ],
)
def test_what_differs_from_the_stored_document_is_checked(name, wrong):
    with pytest.raises(me.ValidationError) as refused:
        check_values(DOCUMENT, STATE | {name: wrong}, STATE)
    assert refused.value.field_name == name


@pytest.mark.parametrize(
    ("stored", "state"),
    [
        ({"load_kg": "heavy"}, {"load_kg": "heavy"}),
        ({"wheels": ["round", {"spokes": 12}]}, {"wheels": ["round", {"spokes": 8}]}),
        ({"wheels": ["round", {"spokes": 12}]}, {"wheels": ["round"]}),
    ],
)
def test_what_is_stored_already_is_not_checked_again(stored, state):
    check_values(DOCUMENT, STATE | state, STATE | stored)


@pytest.mark.parametrize("name", ["owner", "made_at", "colour", "load_kg", "sold", "wheels", "notes"])
def test_nothing_is_stored_only_where_the_type_allows_it(name):
    with pytest.raises(me.ValidationError, match=name):
        check_values(DOCUMENT, STATE | {name: None})


def test_a_field_that_the_document_lacks_is_a_programming_error():
    with pytest.raises(TypeError, match="wings"):
        check_values(DOCUMENT, STATE | {"wings": 2})


def test_a_type_that_mongodb_cannot_hold_is_refused_when_the_document_is_made():
    @dataclass(kw_only=True)
    class Odd(Aggregate):
        thing: complex

    with pytest.raises(TypeError, match="complex"):
        document_of(Odd, "odd", service="probe")


@dataclass(frozen=True)
class Toll:
    """A record that is no aggregate."""

    number: int
    sequence: int  # which an aggregate has as well, and checks otherwise
    paid_at: datetime | None = None


TOLLS = record_document_of(Toll, "tolls", service="probe", key="number")


def test_a_record_has_its_own_fields_alone_and_its_key_is_the_documents():
    assert set(TOLLS._fields) == {"number", "sequence", "paid_at"}
    assert (TOLLS._meta["id_field"], TOLLS.number.db_field) == ("number", "_id")
    assert TOLLS._get_collection_name() == "tolls"


def test_the_values_of_a_record_are_checked():
    toll = {"number": 1, "sequence": 1, "paid_at": None}
    check_values(TOLLS, toll)
    for wrong in ({"number": "one"}, {"number": None}, {"sequence": "first"}, {"paid_at": "noon"}):
        with pytest.raises(me.ValidationError):
            check_values(TOLLS, toll | wrong)
