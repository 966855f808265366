"""The stand-in's settings: one merchant, and the keys of both sides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from testkit.peers.settings import data_directory, required


@dataclass(frozen=True, kw_only=True)
class WeChatPayStandInSettings:
    """The merchant's public key and the platform's private key are PEM files; the API v3 key has 32 bytes.

    ``notify_scale`` shortens the waits between notifications; at 0.02, WeChat's 15 s become 0.3 s.
    """

    mchid: str
    appid: str
    merchant_serial: str
    merchant_public_key: Path
    apiv3_key: bytes = field(repr=False)
    platform_serial: str
    platform_private_key: Path
    data: Path
    notify_scale: float = 0.02

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "WeChatPayStandInSettings":
        """Read ``WECHATPAY_*``. Raises ValueError that names a missing variable."""
        return cls(
            mchid=required(environ, "WECHATPAY_MCHID"),
            appid=required(environ, "WECHATPAY_APPID"),
            merchant_serial=required(environ, "WECHATPAY_MERCHANT_SERIAL"),
            merchant_public_key=Path(required(environ, "WECHATPAY_MERCHANT_PUBLIC_KEY")),
            apiv3_key=required(environ, "WECHATPAY_APIV3_KEY").encode(),
            platform_serial=required(environ, "WECHATPAY_PLATFORM_SERIAL"),
            platform_private_key=Path(required(environ, "WECHATPAY_PLATFORM_PRIVATE_KEY")),
            data=data_directory(environ, "WECHATPAY_DATA"),
            notify_scale=float(environ.get("WECHATPAY_NOTIFY_SCALE", "0.02")),
        )
