"""The file of settings that `xueshi --local` reads."""

from services import SERVICES
from testkit.servers import environments, mongodb, objects, rabbitmq
from testkit.servers.programs import Site

OPERATORS_FILE = "xueshi.env"  # in the state folder


def write_operators_file(site: Site) -> None:
    """Write the addresses and passwords of this system's servers, readable by its owner only."""
    secret, file = site.credentials.secret, site.state / OPERATORS_FILE
    values = {
        "XUESHI_AMQP_URI": rabbitmq.uri(site),
        **{f"XUESHI_MONGO_URI_{name.upper()}": mongodb.uri(site, name, name) for name in SERVICES},
        "XUESHI_S3_URL": objects.url(site),
        "XUESHI_S3_ACCESS_KEY": secret("s3-access-key"),
        "XUESHI_S3_SECRET_KEY": secret("s3-secret-key"),
        "XUESHI_ARCHIVE_PUBLIC_KEY": str(site.credentials.ec_pair("archive").public),
        "XUESHI_ARCHIVE_BUCKET": environments.archive_bucket(),
    }
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}={value}\n" for name, value in values.items()), "utf-8")
