"""What any pay channel says, and how it can fail us; the same words for every channel."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.errors import DomainError, ErrorKind


class TradeState(StrEnum):
    """交易状态 of an order at the channel (WeChat Pay API v3, `trade_state`)."""

    NOTPAY = "NOTPAY"
    SUCCESS = "SUCCESS"
    REFUND = "REFUND"
    CLOSED = "CLOSED"
    REVOKED = "REVOKED"
    USERPAYING = "USERPAYING"
    PAYERROR = "PAYERROR"


class RefundState(StrEnum):
    """退款状态 of a refund at the channel (WeChat Pay API v3, `status`)."""

    PROCESSING = "PROCESSING"
    SUCCESS = "SUCCESS"
    CLOSED = "CLOSED"
    ABNORMAL = "ABNORMAL"


@dataclass(frozen=True, kw_only=True)
class ChannelTransaction:
    """交易: an order as the channel sees it. The domain still matches order and amount (R13)."""

    order_id: str
    state: TradeState
    amount_fen: int
    transaction_id: str | None = None
    paid_at: datetime | None = None  # UTC


@dataclass(frozen=True, kw_only=True)
class ChannelRefund:
    """退款: a refund as the channel sees it. The domain still matches order and amount (R13)."""

    order_id: str
    refund_id: str
    channel_refund_id: str
    state: RefundState
    amount_fen: int
    total_fen: int
    refunded_at: datetime | None = None  # UTC


class ChannelError(DomainError):
    """渠道暂不可用: a pay channel failed us. Nothing is lost: the same request goes on with the same order.

    `reason` says what failed, in words for the log; no client receives it.
    """

    code = "channel.unavailable"
    kind = ErrorKind.UNAVAILABLE
    message = "The pay channel does not answer as it should; try again 支付渠道暂不可用, 请稍后重试."

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class ChannelUnavailable(ChannelError):
    """No answer, or a 5xx or 429: the outcome is unknown. Query, or repeat with the same ids."""


class ChannelRefused(ChannelError):
    """The channel understood and said no (4xx); `channel_code` is its own code, such as `ORDERPAID`."""

    def __init__(self, status: int, channel_code: str) -> None:
        super().__init__(f"{channel_code} (HTTP {status})")
        self.status = status
        self.channel_code = channel_code


class UntrustedMessage(ChannelError):
    """回调不可信: a callback or an answer that proves nothing and must change nothing (R13)."""

    code = "callback.untrusted"
    kind = ErrorKind.UNAUTHENTICATED
    message = "The callback is not believed 回调验证失败."


class BadSignature(UntrustedMessage):
    """签名错误: the signature is missing or does not fit the bytes received."""

    code = "callback.bad_signature"


class UnknownSerial(UntrustedMessage):
    """公钥未知: signed with a platform key that we do not hold."""

    code = "callback.unknown_serial"


class StaleTimestamp(UntrustedMessage):
    """时间戳过期: signed more than five minutes ago, or that far in the future."""

    code = "callback.stale"


class Undecryptable(UntrustedMessage):
    """无法解密: the encrypted resource does not open with our API v3 key."""

    code = "callback.undecryptable"


class WrongMerchant(UntrustedMessage):
    """商户不符: genuine, but about another merchant or another app."""

    code = "callback.wrong_merchant"


class MalformedMessage(UntrustedMessage):
    """报文格式错误: genuine, but not of the form that the channel documents."""

    code = "callback.malformed"
    kind = ErrorKind.MALFORMED
