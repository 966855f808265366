"""The S3 server of one system: versitygw on a folder, with versions and a health address."""

from testkit.servers.layout import TOOLS
from testkit.servers.programs import Program, Site, answers

HEALTH = "/health"


def program(site: Site) -> Program:
    """Needs a file system with extended attributes (ext4, xfs, btrfs; Linux' tmpfs since 6.6)."""
    data, versions = site.folder("s3/data"), site.folder("s3/versions")
    listen = ("--port", f"127.0.0.1:{site.ports['s3']}", "--health", HEALTH, "--quiet")
    return Program(
        name="s3",
        group="servers",
        command=(str(TOOLS / "versitygw"), *listen, "posix", "--versioning-dir", str(versions), str(data)),
        environment={
            "ROOT_ACCESS_KEY": site.credentials.secret("s3-access-key"),
            "ROOT_SECRET_KEY": site.credentials.secret("s3-secret-key"),
        },
        ready=answers(url(site) + HEALTH),
    )


def url(site: Site) -> str:
    """The S3 end point."""
    return f"http://127.0.0.1:{site.ports['s3']}"
