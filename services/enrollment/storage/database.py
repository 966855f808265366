"""The service whose database it is, and what queries have in common."""

SERVICE = "enrollment"


def stated(**criteria: str | None) -> dict[str, str]:
    """The criteria of a query that somebody named."""
    return {name: str(value) for name, value in criteria.items() if value is not None}
