"""What payment needs from the environment."""

from dataclasses import dataclass, field
from pathlib import Path

from shared.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class PaymentSettings(ServiceSettings):
    """Settings of both processes."""

    wechatpay_url: str
    wechatpay_mchid: str  # 商户号
    wechatpay_appid: str
    wechatpay_serial: str  # 商户证书序列号
    wechatpay_private_key: Path  # PEM, ours
    wechatpay_apiv3_key: str = field(repr=False)  # 32 characters
    wechatpay_platform_serial: str  # 微信支付公钥ID
    wechatpay_platform_public_key: Path  # PEM, theirs
    wechatpay_notify_url: str  # public address of POST /api/payment/callbacks/wechatpay
    payment_order_minutes: int = 120  # how long an order can be paid; WeChat's codes last two hours
    payment_silence_seconds: int = 10  # R13: a channel that says nothing so long is asked
