"""The outside world of payment: pay channels (支付渠道). So far WeChat Pay (微信支付)."""

from services.payment.adapters.channel import (
    BadSignature,
    ChannelError,
    ChannelRefund,
    ChannelRefused,
    ChannelTransaction,
    ChannelUnavailable,
    MalformedMessage,
    RefundState,
    StaleTimestamp,
    TradeState,
    Undecryptable,
    UnknownSerial,
    UntrustedMessage,
    WrongMerchant,
)
from services.payment.adapters.wechatpay import MAX_CALLBACK_BYTES, WeChatPay, WeChatPaySettings

__all__ = [
    "MAX_CALLBACK_BYTES",
    "BadSignature",
    "ChannelError",
    "ChannelRefund",
    "ChannelRefused",
    "ChannelTransaction",
    "ChannelUnavailable",
    "MalformedMessage",
    "RefundState",
    "StaleTimestamp",
    "TradeState",
    "Undecryptable",
    "UnknownSerial",
    "UntrustedMessage",
    "WeChatPay",
    "WeChatPaySettings",
    "WrongMerchant",
]
