"""A setting that cannot be ends the start, with its name (R9, R26)."""

import pytest

from services.enrollment.settings import BOUNDS, EnrollmentSettings
from shared.settings import SettingsError, read


@pytest.fixture(scope="module")
def environment(servers):
    return servers.env_for("enrollment")


def test_the_defaults_are_those_of_the_rules(environment):
    settings = read(EnrollmentSettings, environment)
    assert settings.expiry_grace.total_seconds() == 900
    assert (settings.cheating.threshold, settings.cheating.least_months) == (100, 6)
    assert set(settings.components) == {"learning", "proctor", "gateway"}


@pytest.mark.parametrize("name", BOUNDS)
@pytest.mark.parametrize("beyond", [-1, 1])
def test_a_figure_out_of_bounds_is_named(environment, name, beyond):
    least, most = BOUNDS[name]
    value = least - 1 if beyond < 0 else most + 1
    with pytest.raises(SettingsError, match=f"XUESHI_{name.upper()}"):
        read(EnrollmentSettings, environment | {f"XUESHI_{name.upper()}": str(value)})


@pytest.mark.parametrize(
    "policy", ["{", "[]", '{"threshold": 10}', '{"threshold": "many"}', '{"mercy": 1}', '{"least_months": 5}']
)
def test_a_policy_that_cannot_be_is_named(environment, policy):
    with pytest.raises(SettingsError, match="XUESHI_CHEATING_POLICY"):
        read(EnrollmentSettings, environment | {"XUESHI_CHEATING_POLICY": policy})


def test_a_policy_that_can_be_holds(environment):
    policy = '{"threshold": 200, "report_points": {"seek_ahead": 5}}'
    settings = read(EnrollmentSettings, environment | {"XUESHI_CHEATING_POLICY": policy})
    assert (settings.cheating.threshold, settings.cheating.report_points) == (200, {"seek_ahead": 5})


def test_health_addresses_have_names(environment):
    with pytest.raises(SettingsError, match="XUESHI_HEALTH_URLS"):
        read(EnrollmentSettings, environment | {"XUESHI_HEALTH_URLS": "http://127.0.0.1/readyz"})
