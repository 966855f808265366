"""A minute and a half of `make faults`: journeys during which every process dies once."""

import os
import sys

import pytest
from rich.console import Console

from tests.faults import plan
from tests.faults.campaign import Campaign
from tests.faults.crowd import Crowd

SEED = int(os.environ.get("SEED", "1"))
SECONDS = 50.0
PEOPLE = 6


@pytest.mark.timeout(600)
def test_journeys_survive_the_death_of_every_process(stack, media):
    """At the end nothing is lost, doubled, out of order or unbalanced."""
    crowd = Crowd(stack, media, people=PEOPLE, followed=False, patience_seconds=240.0)
    console = Console(file=sys.stdout, width=130)
    console.print(f"seed {SEED}")
    planned = plan.short(SEED, SECONDS)
    outcome = Campaign(stack, crowd, planned, settle_seconds=120.0, console=console).run()
    assert outcome.findings == []
    assert outcome.journeys == PEOPLE
    assert outcome.kills >= 12
