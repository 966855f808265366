"""The list of services is written once."""

import tomllib

from services import SERVICES
from tools.derived import GATEWAY, ROOT, outdated


def test_derived_files_are_current():
    assert outdated() == [], "run make derived"


def test_every_folder_of_services_is_listed_and_no_other():
    folders = {path.parent.name for path in (ROOT / "services").glob("*/__init__.py")}
    assert folders == set(SERVICES)


def test_the_gateways_page_links_every_service():
    page = (GATEWAY / "api.html").read_text("utf-8")
    assert [service for service in SERVICES if f"/api/{service}/docs" not in page] == []


def test_no_import_contract_names_a_service():
    """A contract that listed services would not hold for the next one."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    named = [
        contract["name"]
        for contract in contracts
        for service in SERVICES
        if f"services.{service}" in str(contract)
    ]
    assert named == []
