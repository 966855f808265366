"""The packages of a lock file, as they are installed, with the licence that each states."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import Distribution, PackageMetadata, distributions
from pathlib import Path

from tools.licences.policy import Policy

NOT_STATED = "not stated"
MAX_CHARACTERS = 80  # of a licence's name; what is longer is the licence's text
SITE = "lib/python3.11/site-packages"


@dataclass(frozen=True, kw_only=True)
class Package:
    """A locked package; `bundled` are libraries under strong copyleft among its files, with their licence."""

    name: str
    versions: tuple[str, ...]  # several where the lock file has one for each of several Pythons
    licence: str
    bundled: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A project with a lock file and an environment beside it."""

    name: str
    folder: Path

    @property
    def site(self) -> Path:
        """Where its packages are installed."""
        return self.folder / ".venv" / SITE

    def packages(self, policy: Policy) -> Iterator[Package]:
        """What is locked, whichever of it this machine's Python installs."""
        installed = {normalised(each.name): each for each in distributions(path=[str(self.site)])}
        for name, versions in self._locked().items():
            yield _package(name, versions, installed.get(name), policy)

    def _locked(self) -> dict[str, tuple[str, ...]]:
        """Names and versions, without the project itself."""
        lock = tomllib.loads((self.folder / "uv.lock").read_text(encoding="utf-8"))
        found: dict[str, tuple[str, ...]] = {}
        for each in lock["package"]:
            if "registry" in each["source"]:
                name = normalised(each["name"])
                found[name] = (*found.get(name, ()), each["version"])
        return found


def normalised(name: str) -> str:
    """A package's name as registries compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _package(name: str, versions: tuple[str, ...], installed: Distribution | None, policy: Policy) -> Package:
    """A package by what is stated of it, else by what its distribution says."""
    licence = _licence(installed.metadata, policy.names) if installed else NOT_STATED
    if stated := policy.stated.get(name):
        licence = stated.licence
    bundled = _bundled(installed, policy.bundled) if installed else {}
    return Package(name=name, versions=versions, licence=licence, bundled=bundled)


def _bundled(installed: Distribution, libraries: Mapping[str, str]) -> dict[str, str]:
    """Libraries of the list that lie among the files of a package."""
    stems = {re.split(r"[-.]", path.name)[0] for path in installed.files or () if ".so" in path.name}
    return {library: licence for library, licence in libraries.items() if library in stems}


def _licence(metadata: PackageMetadata, names: Mapping[str, str]) -> str:
    """The SPDX expression, else the classifiers, else the free text of older packages."""
    if expression := _first(metadata, "License-Expression"):
        return expression
    text = _first(metadata, "License")
    if text and text != "UNKNOWN" and "\n" not in text and len(text) <= MAX_CHARACTERS:
        return names.get(text, text)
    classifiers = metadata.get_all("Classifier") or []
    called = [each.split(" :: ")[-1] for each in classifiers if each.startswith("License ::")]
    return " AND ".join(names[each] for each in called if each in names) or NOT_STATED


def _first(metadata: PackageMetadata, key: str) -> str:
    found: list[str] = metadata.get_all(key) or [""]
    return found[0].strip()
