"""Who may see and change an aggregate. For others it does not exist, so that no id can be guessed."""

from collections.abc import Callable, Collection, Mapping

from shared.domain.errors import NotFound

Scope = Mapping[str, Collection[object]]
"""Fields of an aggregate, each with the values that it may have. A repository queries by the same."""


def only_where(what: str, **fields: object) -> Callable[[object], None]:
    """Authorises for an aggregate whose fields have these values. Else raises NotFound, about `what`."""
    return only_within(what, {name: (value,) for name, value in fields.items()})


def only_within(what: str, scope: Scope) -> Callable[[object], None]:
    """Authorises for an aggregate whose fields have values of the scope. Else raises NotFound."""

    def check(aggregate: object) -> None:
        if any(getattr(aggregate, name) not in values for name, values in scope.items()):
            raise NotFound(what=what)

    return check
