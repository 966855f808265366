"""What it takes to talk to WeChat Pay, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PREFIX = "XUESHI_WECHATPAY_"
APIV3_KEY_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class WeChatPaySettings:
    """Merchant account (商户号) and keys at WeChat Pay, API v3 in public-key mode (微信支付公钥模式).

    ``serial`` names our own key (商户证书序列号), ``platform_serial`` theirs (微信支付公钥ID).
    Key files are PEM.
    """

    url: str
    mchid: str
    appid: str
    serial: str
    private_key: Path
    apiv3_key: bytes = field(repr=False)
    platform_serial: str
    platform_public_key: Path
    notify_url: str

    def __post_init__(self) -> None:
        if len(self.apiv3_key) != APIV3_KEY_BYTES:
            raise ValueError(f"{PREFIX}APIV3_KEY has {len(self.apiv3_key)} bytes, not {APIV3_KEY_BYTES}")

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "WeChatPaySettings":
        """Read ``XUESHI_WECHATPAY_*``. Raises ValueError that names what is missing or wrong."""
        return cls(
            url=_required(environ, "URL").rstrip("/"),
            mchid=_required(environ, "MCHID"),
            appid=_required(environ, "APPID"),
            serial=_required(environ, "SERIAL"),
            private_key=_file(environ, "PRIVATE_KEY"),
            apiv3_key=_required(environ, "APIV3_KEY").encode(),
            platform_serial=_required(environ, "PLATFORM_SERIAL"),
            platform_public_key=_file(environ, "PLATFORM_PUBLIC_KEY"),
            notify_url=_required(environ, "NOTIFY_URL"),
        )


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(PREFIX + name, "")
    if not value:
        raise ValueError(f"{PREFIX}{name} is not set")
    return value


def _file(environ: Mapping[str, str], name: str) -> Path:
    path = Path(_required(environ, name))
    if not path.is_file():
        raise ValueError(f"{PREFIX}{name} names no file: {path}")
    return path
