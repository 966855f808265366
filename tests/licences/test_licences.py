"""Licences of what is locked: read from packages as they are installed, and judged."""

from dataclasses import replace
from pathlib import Path

import pytest

from tools.licences.packages import Environment
from tools.licences.policy import Policy, read_policy
from tools.licences.table import faults, page, rows

LOCK = '[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ registry = "here" }}\n'


@pytest.fixture
def policy() -> Policy:
    """The project's own, without its exceptions."""
    return replace(read_policy(), exceptions={}, stated={}, weights=(), servers=())


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """A project without dependencies."""
    (tmp_path / "uv.lock").touch()
    found = Environment(name="main", folder=tmp_path)
    found.site.mkdir(parents=True)
    return found


def install(environment: Environment, name: str, metadata: str, *files: str, version: str = "1.0") -> None:
    """Lock a package and install it, with these lines of metadata and these files."""
    with (environment.folder / "uv.lock").open("a") as lock:
        lock.write(LOCK.format(name=name, version=version))
    folder = environment.site / f"{name}-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{metadata}\n")
    (folder / "RECORD").write_text("".join(f"{file},,\n" for file in files))


def judged(environment: Environment, policy: Policy) -> list[str]:
    """What the policy has against the environment."""
    return list(faults(rows([environment], policy), policy))


@pytest.mark.parametrize(
    ("metadata", "licence"),
    [
        ("License-Expression: MIT", "MIT"),
        ("License: Apache License, Version 2.0", "Apache-2.0"),
        ("License: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License", "MIT"),
        ("Classifier: License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
        ("Summary: nothing is said", "not stated"),
    ],
)
def test_a_licence_is_read_wherever_it_stands(environment, policy, metadata, licence):
    install(environment, "thing", metadata)
    assert [row.package.licence for row in rows([environment], policy)] == [licence]


def test_permissive_and_weak_copyleft_are_accepted(environment, policy):
    install(environment, "one", "License-Expression: MIT AND (Apache-2.0 OR GPL-3.0-only)")
    install(environment, "two", "License-Expression: LGPL-3.0-only")
    assert judged(environment, policy) == []


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "AGPL-3.0-only", "MIT AND GPL-2.0-or-later", "SSPL-1.0"])
def test_strong_copyleft_is_refused_until_a_reason_is_given(environment, policy, licence):
    install(environment, "thing", f"License-Expression: {licence}")
    assert judged(environment, policy) == [f"thing: the licence {licence!r} is not on the list"]
    assert judged(environment, replace(policy, exceptions={"thing": "because"})) == []


def test_a_licence_that_nobody_states_is_refused(environment, policy):
    install(environment, "thing", "License: see the website")
    assert judged(environment, policy) == ["thing: the licence 'see the website' is not on the list"]


def test_what_a_wheel_brings_along_is_found(environment, policy):
    install(environment, "thing", "License-Expression: BSD-3-Clause", "thing.libs/libx264-d6533a8d.so.165")
    (fault,) = judged(environment, policy)
    assert fault.startswith("thing: brings libx264 (GPL-2.0-or-later)")


def test_a_package_that_is_locked_and_not_installed_needs_a_statement(environment, policy):
    (environment.folder / "uv.lock").write_text(LOCK.format(name="elsewhere", version="1.0"))
    assert judged(environment, policy) == ["elsewhere: the licence 'not stated' is not on the list"]


def test_an_exception_for_nothing_is_a_fault(environment, policy):
    install(environment, "thing", "License-Expression: MIT")
    stale = replace(policy, exceptions={"gone": "because"})
    assert judged(environment, stale) == ["gone: an exception for something that is not there"]


def test_the_page_shows_both_versions_of_a_package(environment, policy):
    install(environment, "thing", "License-Expression: MIT")
    install(environment, "thing", "License-Expression: MIT", version="2.0")
    assert "| thing | 1.0, 2.0 | MIT | main |" in page(rows([environment], policy), policy, [])


def test_weights_that_a_package_ought_to_ship_are_missed(environment, policy):
    lacking = replace(policy, weights=read_policy().weights)
    with pytest.raises(FileNotFoundError):
        page([], lacking, [environment.site])
