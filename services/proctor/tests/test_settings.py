"""Proctor starts with the key of the leases, or not at all."""

import pytest

from services.proctor.runtime import ProctorEventsRuntime
from services.proctor.settings import ProctorApiSettings, ProctorEventsSettings
from shared.settings import SettingsError, read
from testkit.fixtures import TEST_NAMESPACE
from testkit.servers import environments


def test_a_missing_lease_key_is_named(environ):
    lacking = {name: value for name, value in environ.items() if name != "XUESHI_LEASE_PUBLIC_KEY"}
    with pytest.raises(SettingsError, match="XUESHI_LEASE_PUBLIC_KEY is missing"):
        read(ProctorEventsSettings, lacking)
    read(ProctorApiSettings, lacking)


def test_a_file_that_holds_no_key_ends_the_start(environ, tmp_path):
    no_key = tmp_path / "lease.pub"
    no_key.write_text("no key")
    settings = read(ProctorEventsSettings, environ | {"XUESHI_LEASE_PUBLIC_KEY": str(no_key)})
    with pytest.raises(ValueError, match="key data"):
        ProctorEventsRuntime(settings)


def test_the_keys_of_the_leases_go_to_two_processes_alone(servers):
    site, held = servers.stack.site, {}
    for make in (environments.api, environments.events):
        for service in ("proctor", "learning", "enrollment", "certificate", "audit"):
            names = {name for name in make(site, service, TEST_NAMESPACE) if "LEASE" in name}
            held |= {(make.__name__, service): names} if names else {}
    assert held == {
        ("events", "proctor"): {"XUESHI_LEASE_PUBLIC_KEY"},
        ("events", "learning"): {"XUESHI_LEASE_PRIVATE_KEY"},
    }
