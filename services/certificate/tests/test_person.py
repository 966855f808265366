"""Which verification of a person counts (R16)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.certificate.domain.person import Person
from services.certificate.tests.builders import NOW, Study


def verified_at(time, id):
    event = Study().verified
    return replace(event, meta=replace(event.published, time=time, id=id))


@pytest.mark.parametrize(("times", "expected"), [((0, 1), "v0"), ((1, 0), "v1"), ((0, 0), "v0")])
def test_the_earliest_verification_of_a_person_counts_in_whatever_order(times, expected):
    person = Person(id="person-1")
    for number, hours in enumerate(times):
        person.verify(verified_at(NOW + timedelta(hours=hours), f"v{number}"))
    assert (person.identity.event_id, person.identity.verified_at) == (expected, NOW)
