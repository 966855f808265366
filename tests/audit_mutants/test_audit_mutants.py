"""A small campaign: each fraud once, and a few honest logs, whole and while they grow (R28, R31)."""

from random import Random

import pytest

from services.audit.domain import RULES, derive_hours
from services.audit.domain.rules.log import COUNTED
from services.audit.tests.logs import HOURS, without
from shared.events.base import REGISTRY, producer_of
from shared.events.certificate import Verdict
from shared.events.enrollment import EnrollmentBarred
from shared.events.proctor import IdentityRefused, JobDone
from tests.audit_mutants.campaign import FRAUDS, MOST_SEEDS, plant, rules_broken, run
from tests.audit_mutants.fraud import Fraud
from tests.audit_mutants.honest import Life, honest_log
from tests.audit_mutants.single import DROPPED
from tools.derived.audit_rules import UNCLAIMED

SEED = 4_711


@pytest.mark.parametrize("fraud", FRAUDS, ids=lambda fraud: fraud.name)
def test_each_fraud_is_found_by_its_rule(fraud):
    ((seed, events),) = plant(fraud, SEED, 1)
    assert fraud.rule in rules_broken(events), f"seed {seed}"


def test_every_rule_is_in_charge_of_a_fraud():
    assert {fraud.rule for fraud in FRAUDS} == set(RULES)


def test_frauds_have_names_of_their_own():
    assert len({fraud.name for fraud in FRAUDS}) == len(FRAUDS) >= 40


@pytest.mark.parametrize("seed", range(SEED, SEED + 40))
def test_no_honest_log_is_disputed(seed):
    log = honest_log(seed)
    hours = derive_hours(log.enrollment, log.events)
    assert (hours.discrepancies, hours.verdict) == ([], Verdict.CLEAN)


@pytest.mark.parametrize("seed", range(SEED, SEED + 20))
def test_no_honest_log_is_disputed_while_it_grows(seed):
    life = Life(Random(seed))
    life.live()
    heard = life.heard()
    for number in Random(seed).sample(range(1, len(heard)), 8):
        now = heard[number - 1][0]
        assert derive_hours(HOURS, [event for _, event in heard[:number]], now).discrepancies == []


def test_an_honest_learner_earns_every_lesson_whole():
    log = honest_log(SEED)
    for lesson in derive_hours(log.enrollment, log.events).lessons.values():
        assert lesson.duration_ms - lesson.credited_ms <= 2_000


def test_what_is_not_found_is_counted_as_planted():
    """A fraud that is none must not be found."""
    result = run(SEED, 0, 1, [Fraud("nothing at all", "credit.lease", lambda log, _: list(log))])
    assert (result.planted, result.found, result.passed) == (1, 0, False)
    assert result.missed == [("nothing at all", SEED, [])]


def test_a_fraud_that_fits_nowhere_is_a_mistake():
    with pytest.raises(LookupError, match=f"in {MOST_SEEDS}|No log"):
        list(plant(Fraud("never", "credit.lease", lambda log, _: None), SEED, 1))


def test_each_event_claims_something_or_is_said_not_to():
    claiming = {kind.split(" ")[0] for kind in DROPPED}
    published = {kind.__name__ for kind in REGISTRY.values() if producer_of(kind) in COUNTED}
    unclaimed = {kind.__name__ for kind in UNCLAIMED}
    assert claiming | unclaimed == published
    assert not claiming & unclaimed


@pytest.mark.parametrize("kind", [IdentityRefused, JobDone, EnrollmentBarred])
def test_what_claims_nothing_is_missed_by_nobody(kind):
    logs = (honest_log(seed).events for seed in range(SEED, SEED + 200))
    log, event = next((log, event) for log in logs for event in log if isinstance(event, kind))
    assert rules_broken(without(log, event)) == []


@pytest.mark.parametrize("seed", range(SEED, SEED + 20))
def test_the_auditor_counts_what_was_credited(seed):
    life = Life(Random(seed))
    log = life.live()
    hours = derive_hours(log.enrollment, log.events)
    assert {id: lesson.credited_ms for id, lesson in hours.lessons.items()} == life.first.covered
