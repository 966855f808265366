"""What it takes to talk to WeChat Pay."""

from dataclasses import dataclass, field, fields
from pathlib import Path

APIV3_KEY_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class WeChatPaySettings:
    """Merchant account (商户号) and keys at WeChat Pay, API v3 in public-key mode (微信支付公钥模式).

    `serial` names our own key (商户证书序列号), `platform_serial` theirs (微信支付公钥ID).
    Key files are PEM. Raises ValueError that names what is missing or wrong.
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
        for setting in fields(self):
            _check(f"wechatpay_{setting.name}", getattr(self, setting.name))
        if len(self.apiv3_key) != APIV3_KEY_BYTES:
            raise ValueError(f"wechatpay_apiv3_key has {len(self.apiv3_key)} bytes, not {APIV3_KEY_BYTES}")


def _check(name: str, value: str | bytes | Path) -> None:
    if not value:
        raise ValueError(f"{name} is empty")
    if isinstance(value, Path) and not value.is_file():
        raise ValueError(f"{name} names no file: {value}")
