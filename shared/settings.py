"""Settings come from the environment into one frozen object, checked when a process starts."""

import os
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

PREFIX = "XUESHI_"
T = TypeVar("T")


class SettingsError(Exception):
    """A setting is missing or malformed; the message names each variable."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What every process needs. A field `mongo_uri` is read from `XUESHI_MONGO_URI`."""

    env: str
    service: str
    amqp_uri: str
    mongo_uri: str
    keyring_uri: str
    keyring_kek: str  # base64 of 32 bytes: wraps the keys of persons
    id_pepper: str  # base64 of 32 bytes: keys the hash that finds an ID number
    s3_url: str
    s3_access_key: str
    s3_secret_key: str
    log_level: str = "info"
    admin_port: int = 0  # 0: no admin server in this process (the api serves its own)


@dataclass(frozen=True, kw_only=True)
class ServiceSettings(Settings):
    """What the api and events processes of a service need besides."""

    token_public_key: Path
    public_url: str


def read(cls: type[T], environ: Mapping[str, str] | None = None) -> T:
    """Build settings of class `cls` from the environment. Raises SettingsError that names what is wrong."""
    environ = os.environ if environ is None else environ
    hints, values, wrong = get_type_hints(cls), {}, []
    for setting in fields(cls):  # type: ignore[arg-type]
        raw = environ.get(PREFIX + setting.name.upper())
        try:
            values[setting.name] = _value(setting, hints[setting.name], raw)
        except ValueError as error:
            wrong.append(f"{PREFIX}{setting.name.upper()} {error}")
    if wrong:
        raise SettingsError("Set these environment variables: " + "; ".join(wrong))
    return cls(**values)


def _value(setting: Field[Any], type_: Any, raw: str | None) -> Any:
    if raw is None:
        if setting.default is MISSING:
            raise ValueError("is missing")
        return setting.default
    if type_ is int:
        return int(raw)
    return Path(raw) if type_ is Path else raw
