"""The gateway of one system: HAProxy with the configuration that a cluster uses too."""

import os
from collections.abc import Iterable

from services import SERVICES
from testkit.servers.layout import REPOSITORY
from testkit.servers.programs import Program, Site, answers, is_routed

FOLDER = REPOSITORY / "deploy" / "gateway"
PASSED_THROUGH = ("XUESHI_BODY_LIMIT", "XUESHI_RATE_SESSION", "XUESHI_RATE_ADDRESS", "XUESHI_RATE_FLOOD")


def program(site: Site) -> Program:
    """Ready when it answers itself; whether it sees the services is asked through it."""
    return Program(
        name="gateway",
        group="services",
        command=("haproxy", "-db", "-f", str(FOLDER / "haproxy.cfg"), "-f", str(FOLDER / "services.cfg")),
        environment=environment(site),
        ready=answers(f"{site.url}/healthz"),
    )


def routes(site: Site, services: Iterable[str]) -> bool:
    """Whether the gateway has seen that each of these services is ready."""
    return all(is_routed(f"{site.url}/api/{service}/") for service in services)


def environment(site: Site) -> dict[str, str]:
    """The variables that haproxy.cfg names; limits come from the caller's environment where it sets them."""
    return {
        "XUESHI_GATEWAY_BIND": f"127.0.0.1:{site.ports['gateway']}",
        "XUESHI_GATEWAY_ADMIN_BIND": f"127.0.0.1:{site.ports['gateway_admin']}",
        "XUESHI_GATEWAY_PAGES": str(FOLDER),
        "XUESHI_TOKEN_PUBLIC_KEY": str(site.credentials.ec_pair("token").public),
        **{
            f"XUESHI_{service.upper()}_API": f"127.0.0.1:{site.ports[f'{service}-api']}"
            for service in SERVICES
        },
        **{name: os.environ[name] for name in PASSED_THROUGH if name in os.environ},
    }
