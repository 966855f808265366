"""微信支付 WeChat Pay, API v3, Native: signed requests, verified answers and callbacks (R11, R13)."""

from services.payment.adapters.wechatpay.client import MAX_CALLBACK_BYTES, WeChatPay
from services.payment.adapters.wechatpay.settings import WeChatPaySettings

__all__ = ["MAX_CALLBACK_BYTES", "WeChatPay", "WeChatPaySettings"]
