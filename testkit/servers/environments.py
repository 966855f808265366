"""The environment of each process of a service: what it needs and nothing of the others."""

import os
from collections.abc import Mapping

from testkit.servers import mongodb, objects, peer_environments, rabbitmq
from testkit.servers.credentials import key32
from testkit.servers.layout import FONT, PYTHON_VARIABLES
from testkit.servers.programs import Site

CERTIFICATE_HOLDER = "Xueshi demo"


def api(site: Site, service: str, namespace: str = "") -> dict[str, str]:
    """The api process of a service; in namespace "_test", on databases and a vhost apart."""
    keys = {"XUESHI_PORT": str(site.ports[f"{service}-api"])}
    if service == "proctor":
        keys["XUESHI_RECEIPT_PRIVATE_KEY"] = str(site.credentials.ec_pair("receipt").private)
    return _service(site, service, namespace) | keys


def events(site: Site, service: str, namespace: str = "") -> dict[str, str]:
    """The events process of a service."""
    keys = {"XUESHI_ADMIN_PORT": str(site.ports[f"{service}-events"])}
    if service == "audit":
        keys |= archive(site, namespace)
    return _service(site, service, namespace) | keys | leases(site, service)


def media_worker(site: Site, namespace: str = "") -> dict[str, str]:
    """Learning's media worker, which shares its service's database and buckets."""
    return _service(site, "learning", namespace) | {"XUESHI_ADMIN_PORT": str(site.ports["learning-worker"])}


def archive(site: Site, namespace: str = "") -> dict[str, str]:
    """The key and the bucket with which audit's events process archives the log."""
    return {
        "XUESHI_ARCHIVE_PRIVATE_KEY": str(site.credentials.ec_pair("archive").private),
        "XUESHI_ARCHIVE_BUCKET": archive_bucket(namespace),
    }


def leases(site: Site, service: str) -> dict[str, str]:
    """The key with which proctor's events process seals play leases, and with which learning's reads them."""
    pair = site.credentials.ec_pair("lease")
    keys = {
        "proctor": {"XUESHI_LEASE_PUBLIC_KEY": str(pair.public)},
        "learning": {"XUESHI_LEASE_PRIVATE_KEY": str(pair.private)},
    }
    return keys.get(service, {})


def archive_bucket(namespace: str = "") -> str:
    """The bucket of the archive; one S3 server serves all namespaces."""
    return f"log-archive{namespace.replace('_', '-')}"


def worker(site: Site, namespace: str = "") -> dict[str, str]:
    """The face worker, which has no database of its own and reads keys of persons."""
    threads = str(min(os.cpu_count() or 1, 4))
    weights = {k: v for k, v in os.environ.items() if k == "XUESHI_FASNET_WEIGHTS"}
    return {
        **_common(site, "proctor", namespace),
        "XUESHI_MONGO_URI": _keyring(site, "worker", namespace),
        "XUESHI_KEYRING_URI": _keyring(site, "worker", namespace),
        "XUESHI_ADMIN_PORT": str(site.ports["proctor-worker"]),
        "XUESHI_FACE_MODEL": os.environ.get("XUESHI_FACE_MODEL", "dlib"),
        "OMP_NUM_THREADS": threads,
        "TF_NUM_INTRAOP_THREADS": threads,
        "TF_CPP_MIN_LOG_LEVEL": "2",
        **weights,
    }


def _service(site: Site, service: str, namespace: str) -> dict[str, str]:
    own: Mapping[str, str] = _OWN[service](site) if service in _OWN else {}
    return _common(site, service, namespace) | {
        "XUESHI_MONGO_URI": mongodb.uri(site, service + namespace, service + namespace),
        "XUESHI_KEYRING_URI": _keyring(site, service, namespace),
        "XUESHI_TOKEN_PUBLIC_KEY": str(site.credentials.ec_pair("token").public),
        "XUESHI_PUBLIC_URL": site.url,
        **own,
    }


def _common(site: Site, service: str, namespace: str) -> dict[str, str]:
    credentials = site.credentials
    return PYTHON_VARIABLES | {
        "XUESHI_ENV": "local",
        "XUESHI_SERVICE": service,
        "XUESHI_LOG_LEVEL": os.environ.get("XUESHI_LOG_LEVEL", "info"),
        "XUESHI_AMQP_URI": rabbitmq.uri(site, namespace),
        "XUESHI_KEYRING_KEK": credentials.secret("keyring-kek", key32),
        "XUESHI_ID_PEPPER": credentials.secret("id-pepper", key32),
        "XUESHI_S3_URL": objects.url(site),
        "XUESHI_S3_ACCESS_KEY": credentials.secret("s3-access-key"),
        "XUESHI_S3_SECRET_KEY": credentials.secret("s3-secret-key"),
    }


def _keyring(site: Site, user: str, namespace: str) -> str:
    return mongodb.uri(site, user + namespace, mongodb.KEYRING + namespace)


def _identity(site: Site) -> dict[str, str]:
    token = {"XUESHI_TOKEN_PRIVATE_KEY": str(site.credentials.ec_pair("token").private)}
    return token | peer_environments.sms_sender(site)


def _learning(site: Site) -> dict[str, str]:
    return {"XUESHI_VIDEO_LINK_KEY": site.credentials.secret("video-link-key", key32)}


def _certificate(site: Site) -> dict[str, str]:
    return {
        "XUESHI_CERTIFICATE_KEY": str(site.credentials.ec_pair("certificate").private),
        "XUESHI_CERTIFICATE_CERT": str(site.credentials.certificate("certificate", CERTIFICATE_HOLDER)),
        "XUESHI_FONT": str(FONT),
    }


def _enrollment(site: Site) -> dict[str, str]:
    needed = {
        name: f"http://127.0.0.1:{site.ports[f'{name}-api']}/readyz" for name in ("learning", "proctor")
    }
    needed["gateway"] = f"{site.url}/healthz"
    return {
        "XUESHI_RECEIPT_PUBLIC_KEY": str(site.credentials.ec_pair("receipt").public),
        "XUESHI_HEALTH_URLS": ",".join(f"{name}={url}" for name, url in needed.items()),
    }


_OWN = {
    "learning": _learning,
    "identity": _identity,
    "payment": peer_environments.wechatpay_merchant,
    "certificate": _certificate,
    "enrollment": _enrollment,
}
