"""Where the broker and the databases are: from the environment, or from a system on this machine."""

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import services
from deploy.local import mongodb, rabbitmq, running
from deploy.local.layout import StackError
from deploy.operate.errors import Unknown

AMQP_URI = "XUESHI_AMQP_URI"
MONGO_URI = "XUESHI_MONGO_URI_{}"  # of one service, by its name in capitals
MONGO_TEMPLATE = "XUESHI_MONGO_URI_TEMPLATE"  # of all others: {service} stands for the name
SERVICES = tuple(sorted(it.name for it in pkgutil.iter_modules(services.__path__) if it.ispkg))


@dataclass(frozen=True, repr=False)
class Places:
    """Connection strings; they hold passwords, so that nothing prints them."""

    amqp_uri: str
    mongo_uris: Mapping[str, str]

    def mongo_uri(self, service: str) -> str:
        """The database of a service. Raises Unknown that names the variable to set."""
        if service not in self.mongo_uris:
            name = MONGO_URI.format(service.upper())
            raise Unknown(f"The database of {service} is unknown. Set {name} or {MONGO_TEMPLATE}.")
        return self.mongo_uris[service]


def from_environment(environ: Mapping[str, str]) -> Places:
    """Raises Unknown that names the variable to set."""
    if not environ.get(AMQP_URI):
        raise Unknown(f"The broker is unknown. Set {AMQP_URI}, or use --local for a system on this machine.")
    found = {it: _mongo_uri(it, environ) for it in SERVICES}
    return Places(environ[AMQP_URI], {service: uri for service, uri in found.items() if uri})


def local(state: Path) -> Places:
    """The places of the system whose state lies in this folder. Raises Unknown when there is none."""
    try:
        site = running.find(state)
    except StackError as error:
        raise Unknown(str(error)) from error
    return Places(rabbitmq.uri(site), {it: mongodb.uri(site, it, it) for it in SERVICES})


def _mongo_uri(service: str, environ: Mapping[str, str]) -> str:
    of_all = environ.get(MONGO_TEMPLATE, "").replace("{service}", service)
    return environ.get(MONGO_URI.format(service.upper()), of_all)
