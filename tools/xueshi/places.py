"""Where broker, databases and archive are: from the environment, or from a system on this machine."""

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import services
from testkit.servers import environments, mongodb, objects, rabbitmq, running
from testkit.servers.layout import StackError
from tools.xueshi.errors import Unknown

AMQP_URI = "XUESHI_AMQP_URI"
MONGO_URI = "XUESHI_MONGO_URI_{}"  # of one service, by its name in capitals
MONGO_TEMPLATE = "XUESHI_MONGO_URI_TEMPLATE"  # of all others: {service} stands for the name
S3 = ("XUESHI_S3_URL", "XUESHI_S3_ACCESS_KEY", "XUESHI_S3_SECRET_KEY")
PUBLIC_KEYS = "XUESHI_ARCHIVE_PUBLIC_KEY"  # PEM files joined by ":", so that earlier keys still count
BUCKET = "XUESHI_ARCHIVE_BUCKET"
SERVICES = tuple(sorted(it.name for it in pkgutil.iter_modules(services.__path__) if it.ispkg))


@dataclass(frozen=True, repr=False)
class ArchivePlace:
    """The bucket of the log's archive, and the keys whose signatures count in it."""

    s3_url: str
    s3_access_key: str
    s3_secret_key: str
    public_keys: tuple[Path, ...]
    bucket: str


@dataclass(frozen=True, repr=False)
class Places:
    """Connection strings; they hold passwords, so that nothing prints them."""

    amqp_uri: str
    mongo_uris: Mapping[str, str]
    archive: ArchivePlace | None = None

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
    uris = {service: uri for service, uri in found.items() if uri}
    return Places(environ[AMQP_URI], uris, _archive(environ))


def local(state: Path) -> Places:
    """The places of the system whose state lies in this folder. Raises Unknown when there is none."""
    try:
        site = running.find(state)
    except StackError as error:
        raise Unknown(str(error)) from error
    secret, keys = site.credentials.secret, (site.credentials.ec_pair("archive").public,)
    s3 = (objects.url(site), secret("s3-access-key"), secret("s3-secret-key"))
    archive = ArchivePlace(*s3, keys, environments.archive_bucket())
    return Places(rabbitmq.uri(site), {it: mongodb.uri(site, it, it) for it in SERVICES}, archive)


def _archive(environ: Mapping[str, str]) -> ArchivePlace | None:
    """None without public keys, which are the archive's alone; with them S3 must be set. Raises Unknown."""
    if not environ.get(PUBLIC_KEYS):
        return None
    if missing := [it for it in S3 if not environ.get(it)]:
        raise Unknown(f"The archive is half set. Set {', '.join(missing)} as well.")
    url, user, password = (environ[it] for it in S3)
    keys = tuple(map(Path, environ[PUBLIC_KEYS].split(":")))
    return ArchivePlace(url, user, password, keys, environ.get(BUCKET) or environments.archive_bucket())


def _mongo_uri(service: str, environ: Mapping[str, str]) -> str:
    of_all = environ.get(MONGO_TEMPLATE, "").replace("{service}", service)
    return environ.get(MONGO_URI.format(service.upper()), of_all)
