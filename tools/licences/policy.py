"""What `policy.toml` says: accepted licences, exceptions with their reasons, weights and servers."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

POLICY = Path(__file__).with_name("policy.toml")


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A licence that metadata do not name, and where it is written."""

    licence: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Work:
    """Something that no package manager knows the licence of: weights, or a server."""

    name: str
    licence: str
    source: str
    package: str | None = None
    path: str | None = None  # within the installed packages


@dataclass(frozen=True, kw_only=True)
class Policy:
    """`bundled` maps the stem of a library's file to its licence, `exceptions` a package to a reason."""

    allow: frozenset[str]
    weak: frozenset[str]
    names: dict[str, str]
    stated: dict[str, Statement]
    bundled: dict[str, str]
    exceptions: dict[str, str]
    weights: tuple[Work, ...]
    servers: tuple[Work, ...]

    def accepts(self, expression: str) -> bool:
        """Whether every part of an SPDX expression is accepted; of alternatives one suffices."""
        parts = (part.strip(" ()") for part in expression.split(" AND "))
        return all(any(self._knows(choice) for choice in part.split(" OR ")) for part in parts)

    def _knows(self, licence: str) -> bool:
        return licence.strip(" ()") in self.allow | self.weak


def read_policy(path: Path = POLICY) -> Policy:
    """Raises KeyError or TypeError for a policy that lacks something."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    return Policy(
        allow=frozenset(found["allow"]),
        weak=frozenset(found["weak"]),
        names=found["names"],
        stated={name: Statement(**statement) for name, statement in found["stated"].items()},
        bundled=found["bundled"],
        exceptions={name: " ".join(reason.split()) for name, reason in found["exceptions"].items()},
        weights=tuple(Work(**work) for work in found["weights"]),
        servers=tuple(Work(**work) for work in found["servers"]),
    )
