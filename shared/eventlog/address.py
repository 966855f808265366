"""Where the broker is and how to log in, with kombu's defaults for what a URI leaves out."""

from dataclasses import dataclass, field

from kombu import Connection


@dataclass(frozen=True, kw_only=True)
class BrokerAddress:
    """What a URI says; `amqp://host` alone is guest's virtual host `/` at port 5672, or 5671 with `amqps`."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    virtual_host: str
    tls: bool

    def __str__(self) -> str:
        """The host and port; never the password."""
        return f"{self.host}:{self.port}"


def parse(amqp_uri: str) -> BrokerAddress:
    """Read a URI; only `amqps://` is TLS."""
    parts = Connection(amqp_uri).info()
    return BrokerAddress(
        host=parts["hostname"],
        port=parts["port"],
        user=parts["userid"],
        password=parts["password"],
        virtual_host=parts["virtual_host"],
        tls=parts["transport"] == "amqps",
    )
