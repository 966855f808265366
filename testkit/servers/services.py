"""The services and the stand-ins of one system, as programs."""

from collections.abc import Iterator
from pathlib import Path

from services import SERVICES
from testkit.servers import environments, gateway, peer_environments
from testkit.servers.layout import ENVIRONMENT, REPOSITORY, WORKER_ENVIRONMENT
from testkit.servers.programs import Program, Site, answers

STAND_INS = {"wechatpay": peer_environments.wechatpay, "sms": peer_environments.sms}


def programs(site: Site) -> Iterator[Program]:
    """All programs that need the servers; a service that does not exist is left out."""
    yield gateway.program(site)
    for name in STAND_INS:
        if _has("testkit", "peers", name):
            yield _stand_in(site, name)
    for service in SERVICES:
        if _has("services", service, "api"):
            yield _api(site, service)
        if _has("services", service, "service"):
            yield _events(site, service)
    if _has("services", "learning", "worker", "__main__"):
        yield _media_worker(site)
    if _has("services", "proctor", "worker", "__main__"):
        yield _worker(site)


def _has(*parts: str) -> bool:
    path = REPOSITORY.joinpath(*parts)
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def _stand_in(site: Site, name: str) -> Program:
    port = site.ports[name]
    return Program(
        name=name,
        group="services",
        command=_uvicorn(f"testkit.peers.{name}:app", port),
        environment=STAND_INS[name](site),
        ready=answers(f"http://127.0.0.1:{port}/readyz"),
    )


def _api(site: Site, service: str) -> Program:
    port = site.ports[f"{service}-api"]
    return Program(
        name=f"{service}-api",
        group="services",
        command=_uvicorn(f"services.{service}.api:app", port),
        environment=environments.api(site, service),
        ready=answers(f"http://127.0.0.1:{port}/readyz"),
    )


def _events(site: Site, service: str) -> Program:
    return Program(
        name=f"{service}-events",
        group="services",
        command=(str(ENVIRONMENT / "nameko"), "run", f"services.{service}.service"),
        environment=environments.events(site, service),
        ready=answers(f"http://127.0.0.1:{site.ports[f'{service}-events']}/readyz"),
    )


def _media_worker(site: Site) -> Program:
    return Program(
        name="learning-worker",
        group="services",
        command=(_python(ENVIRONMENT), "-m", "services.learning.worker"),
        environment=environments.media_worker(site),
        ready=answers(f"http://127.0.0.1:{site.ports['learning-worker']}/readyz"),
    )


def _worker(site: Site) -> Program:
    return Program(
        name="proctor-worker",
        group="services",
        command=(_python(WORKER_ENVIRONMENT), "-m", "services.proctor.worker"),
        environment=environments.worker(site),
        ready=answers(f"http://127.0.0.1:{site.ports['proctor-worker']}/readyz"),
        deadline=240.0,  # TensorFlow's import and first trace, on two busy cores
    )


def _uvicorn(app: str, port: int) -> tuple[str, ...]:
    listen = ("--host", "127.0.0.1", "--port", str(port))
    quiet = ("--no-access-log", "--no-server-header", "--timeout-graceful-shutdown", "5")
    # The gateway lets go of an idle connection after 5 s; were the service first, a request could meet it.
    keep = ("--timeout-keep-alive", "75")
    return (str(ENVIRONMENT / "uvicorn"), app, *listen, *quiet, *keep)


def _python(environment: Path) -> str:
    return str(environment / "python")
