"""Where broker, databases and archive are: from the environment, or from the file of a local system."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services import SERVICES
from tools.xueshi.errors import Unknown

AMQP_URI = "XUESHI_AMQP_URI"
MONGO_URI = "XUESHI_MONGO_URI_{}"  # of one service, by its name in capitals
MONGO_TEMPLATE = "XUESHI_MONGO_URI_TEMPLATE"  # of all others: {service} stands for the name
S3 = ("XUESHI_S3_URL", "XUESHI_S3_ACCESS_KEY", "XUESHI_S3_SECRET_KEY")
PUBLIC_KEYS = "XUESHI_ARCHIVE_PUBLIC_KEY"  # PEM files joined by ":", so that earlier keys still count
BUCKET = "XUESHI_ARCHIVE_BUCKET"
DEFAULT_BUCKET = "log-archive"
ENVIRONMENT_FILE = "xueshi.env"  # in the state folder of a system on this machine: lines NAME=value


@dataclass(frozen=True, repr=False)
class ArchiveEndpoint:
    """The bucket of the log's archive, and the keys whose signatures count in it."""

    s3_url: str
    s3_access_key: str
    s3_secret_key: str
    public_keys: tuple[Path, ...]
    bucket: str


@dataclass(frozen=True, repr=False)
class Endpoints:
    """Connection strings; they hold passwords, so that nothing prints them."""

    amqp_uri: str
    mongo_uris: Mapping[str, str]
    archive: ArchiveEndpoint | None = None

    def mongo_uri(self, service: str) -> str:
        """The database of a service. Raises Unknown that names the variable to set."""
        if service not in self.mongo_uris:
            name = MONGO_URI.format(service.upper())
            raise Unknown(f"The database of {service} is unknown. Set {name} or {MONGO_TEMPLATE}.")
        return self.mongo_uris[service]


def from_environment(environ: Mapping[str, str]) -> Endpoints:
    """Raises Unknown that names the variable to set."""
    if not environ.get(AMQP_URI):
        raise Unknown(f"The broker is unknown. Set {AMQP_URI}, or use --local for a system on this machine.")
    uris = {service: _mongo_uri(service, environ) for service in SERVICES}
    known = {service: uri for service, uri in uris.items() if uri}
    return Endpoints(environ[AMQP_URI], known, _archive(environ))


def local(state: Path) -> Endpoints:
    """Of the system whose state lies in this folder. Raises Unknown when none has run there."""
    file = state / ENVIRONMENT_FILE
    if not file.exists():
        raise Unknown(f"No system has run in {state}. `make run` starts one.")
    lines = file.read_text("utf-8").splitlines()
    return from_environment(dict(line.split("=", 1) for line in lines if line))


def _archive(environ: Mapping[str, str]) -> ArchiveEndpoint | None:
    """None without public keys, which are the archive's alone; with them S3 must be set. Raises Unknown."""
    if not environ.get(PUBLIC_KEYS):
        return None
    if missing := [name for name in S3 if not environ.get(name)]:
        raise Unknown(f"The archive is half set. Set {', '.join(missing)} as well.")
    url, user, password = (environ[name] for name in S3)
    keys = tuple(map(Path, environ[PUBLIC_KEYS].split(":")))
    return ArchiveEndpoint(url, user, password, keys, environ.get(BUCKET) or DEFAULT_BUCKET)


def _mongo_uri(service: str, environ: Mapping[str, str]) -> str:
    of_all = environ.get(MONGO_TEMPLATE, "").replace("{service}", service)
    return environ.get(MONGO_URI.format(service.upper()), of_all)
