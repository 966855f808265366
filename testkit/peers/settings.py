"""Environment variables of the stand-ins."""

from collections.abc import Mapping
from pathlib import Path


def required(environ: Mapping[str, str], name: str) -> str:
    """The variable's value. Raises ValueError that names it when it is missing or empty."""
    value = environ.get(name, "")
    if not value:
        raise ValueError(f"{name} is not set")
    return value


def data_directory(environ: Mapping[str, str], name: str) -> Path:
    """The directory that the variable names, made if need be."""
    directory = Path(required(environ, name))
    directory.mkdir(parents=True, exist_ok=True)
    return directory
