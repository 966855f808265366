"""The environment of each process: what it needs and nothing of the others."""

import os
from collections.abc import Mapping

from services import SERVICES
from testkit.servers import mongodb, objects, rabbitmq
from testkit.servers.credentials import key32
from testkit.servers.layout import FONT, REPOSITORY
from testkit.servers.programs import Site

OPERATORS_FILE = "xueshi.env"  # in the state folder
MCHID, APPID = "1900000109", "wx0000000000000001"
CERTIFICATE_HOLDER = "Xueshi demo"
PYTHON = {
    "PYTHONPATH": str(REPOSITORY),
    "PYTHONUNBUFFERED": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",  # glibc's default of 8 per core holds on to memory
}


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
    return _service(site, service, namespace) | keys


def archive(site: Site, namespace: str = "") -> dict[str, str]:
    """What audit's events process archives the log with; the public key is for those who read the archive."""
    return {
        "XUESHI_ARCHIVE_PRIVATE_KEY": str(site.credentials.ec_pair("archive").private),
        "XUESHI_ARCHIVE_BUCKET": archive_bucket(namespace),
    }


def write_operators_file(site: Site) -> None:
    """What `xueshi --local` reads: where the servers of this system are, for its owner's eyes only."""
    secret, file = site.credentials.secret, site.state / OPERATORS_FILE
    values = {
        "XUESHI_AMQP_URI": rabbitmq.uri(site),
        **{f"XUESHI_MONGO_URI_{name.upper()}": mongodb.uri(site, name, name) for name in SERVICES},
        "XUESHI_S3_URL": objects.url(site),
        "XUESHI_S3_ACCESS_KEY": secret("s3-access-key"),
        "XUESHI_S3_SECRET_KEY": secret("s3-secret-key"),
        "XUESHI_ARCHIVE_PUBLIC_KEY": str(site.credentials.ec_pair("archive").public),
        "XUESHI_ARCHIVE_BUCKET": archive_bucket(),
    }
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}={value}\n" for name, value in values.items()), "utf-8")


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


def wechatpay(site: Site) -> dict[str, str]:
    """The stand-in for WeChat Pay: it holds the platform's private key and the merchant's public one."""
    credentials = site.credentials
    return PYTHON | {
        "WECHATPAY_MCHID": MCHID,
        "WECHATPAY_APPID": APPID,
        "WECHATPAY_MERCHANT_SERIAL": _serial(site, "merchant"),
        "WECHATPAY_MERCHANT_PUBLIC_KEY": str(credentials.rsa_pair("wechatpay-merchant").public),
        "WECHATPAY_APIV3_KEY": _apiv3_key(site),
        "WECHATPAY_PLATFORM_SERIAL": _serial(site, "platform"),
        "WECHATPAY_PLATFORM_PRIVATE_KEY": str(credentials.rsa_pair("wechatpay-platform").private),
        "WECHATPAY_DATA": str(site.folder("wechatpay")),
    }


def sms(site: Site) -> dict[str, str]:
    """The stand-in for a phone operator."""
    return PYTHON | {
        "SMS_ACCESS_KEY_ID": site.credentials.secret("sms-access-key-id"),
        "SMS_ACCESS_KEY_SECRET": site.credentials.secret("sms-access-key-secret"),
        "SMS_DATA": str(site.folder("sms")),
    }


def _service(site: Site, service: str, namespace: str) -> dict[str, str]:
    extra: Mapping[str, str] = _EXTRA[service](site) if service in _EXTRA else {}
    return _common(site, service, namespace) | {
        "XUESHI_MONGO_URI": mongodb.uri(site, service + namespace, service + namespace),
        "XUESHI_KEYRING_URI": _keyring(site, service, namespace),
        "XUESHI_TOKEN_PUBLIC_KEY": str(site.credentials.ec_pair("token").public),
        "XUESHI_PUBLIC_URL": site.url,
        **extra,
    }


def _common(site: Site, service: str, namespace: str) -> dict[str, str]:
    credentials = site.credentials
    return PYTHON | {
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
    return {
        "XUESHI_TOKEN_PRIVATE_KEY": str(site.credentials.ec_pair("token").private),
        "XUESHI_SMS_URL": f"http://127.0.0.1:{site.ports['sms']}",
        "XUESHI_SMS_ACCESS_KEY_ID": site.credentials.secret("sms-access-key-id"),
        "XUESHI_SMS_ACCESS_KEY_SECRET": site.credentials.secret("sms-access-key-secret"),
        "XUESHI_SMS_SIGN_NAME": "学时",
        "XUESHI_SMS_TEMPLATE": "SMS_0001",
    }


def _payment(site: Site) -> dict[str, str]:
    merchant = site.credentials.rsa_pair("wechatpay-merchant")
    platform = site.credentials.rsa_pair("wechatpay-platform")
    return {
        "XUESHI_WECHATPAY_URL": f"http://127.0.0.1:{site.ports['wechatpay']}",
        "XUESHI_WECHATPAY_MCHID": MCHID,
        "XUESHI_WECHATPAY_APPID": APPID,
        "XUESHI_WECHATPAY_SERIAL": _serial(site, "merchant"),
        "XUESHI_WECHATPAY_PRIVATE_KEY": str(merchant.private),
        "XUESHI_WECHATPAY_APIV3_KEY": _apiv3_key(site),
        "XUESHI_WECHATPAY_PLATFORM_SERIAL": _serial(site, "platform"),
        "XUESHI_WECHATPAY_PLATFORM_PUBLIC_KEY": str(platform.public),
        "XUESHI_WECHATPAY_NOTIFY_URL": f"{site.url}/api/payment/callbacks/wechatpay",
    }


def _certificate(site: Site) -> dict[str, str]:
    return {
        "XUESHI_CERTIFICATE_KEY": str(site.credentials.ec_pair("certificate").private),
        "XUESHI_CERTIFICATE_CERT": str(site.credentials.certificate("certificate", CERTIFICATE_HOLDER)),
        "XUESHI_FONT": str(FONT),
    }


def _enrollment(site: Site) -> dict[str, str]:
    return {"XUESHI_RECEIPT_PUBLIC_KEY": str(site.credentials.ec_pair("receipt").public)}


_EXTRA = {
    "identity": _identity,
    "payment": _payment,
    "certificate": _certificate,
    "enrollment": _enrollment,
}


def _apiv3_key(site: Site) -> str:
    """32 characters, which are the AES-256 key."""
    return site.credentials.secret("wechatpay-apiv3-key")[:32]


def _serial(site: Site, of: str) -> str:
    """A certificate serial number as WeChat Pay writes it: 40 upper-case hexadecimal digits."""
    return site.credentials.secret(f"wechatpay-{of}-serial")[:40].upper()
