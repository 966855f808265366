"""This process's connection to its service's database."""

from typing import Any

import mongoengine as me

from shared.settings import Settings


def connect(settings: Settings) -> Any:
    """Open this process's connection to its own database; writes are majority and journalled."""
    return me.connect(
        alias=settings.service,
        host=settings.mongo_uri,
        tz_aware=True,
        w="majority",
        journal=True,
        uuidRepresentation="standard",
        serverSelectionTimeoutMS=10_000,
        connectTimeoutMS=3_000,
        socketTimeoutMS=30_000,
    )


def disconnect(service: str) -> None:
    """Close the connection of `connect`."""
    me.disconnect(alias=service)
