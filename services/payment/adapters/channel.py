"""What any pay channel tells us, and how it can fail us; the same words for every channel."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar


class TradeState(StrEnum):
    """交易状态 of an order at the channel (WeChat Pay API v3, ``trade_state``)."""

    NOTPAY = "NOTPAY"
    SUCCESS = "SUCCESS"
    REFUND = "REFUND"
    CLOSED = "CLOSED"
    REVOKED = "REVOKED"
    USERPAYING = "USERPAYING"
    PAYERROR = "PAYERROR"


class RefundState(StrEnum):
    """退款状态 of a refund at the channel (WeChat Pay API v3, ``status``)."""

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


class ChannelError(Exception):
    """Any failure of a pay channel; ``code`` is stable and free of personal data."""

    code: ClassVar[str] = "channel-error"


class ChannelUnavailable(ChannelError):
    """No answer, or a 5xx or 429: the outcome is unknown. Query, or repeat with the same ids."""

    code = "channel-unavailable"


class ChannelRefused(ChannelError):
    """The channel understood and said no (4xx); ``reason`` is its own code, such as ``ORDERPAID``."""

    code = "channel-refused"

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{reason} (HTTP {status})")
        self.status = status
        self.reason = reason


class UntrustedMessage(ChannelError):
    """A callback or a response that proves nothing and must change nothing (R13)."""

    code = "untrusted-message"


class BadSignature(UntrustedMessage):
    """The signature is missing or does not fit the bytes received."""

    code = "bad-signature"


class UnknownSerial(UntrustedMessage):
    """Signed with a platform key that we do not hold."""

    code = "unknown-serial"


class StaleTimestamp(UntrustedMessage):
    """Signed more than five minutes ago, or that far in the future."""

    code = "stale-timestamp"


class Undecryptable(UntrustedMessage):
    """The encrypted resource does not open with our API v3 key."""

    code = "undecryptable"


class WrongMerchant(UntrustedMessage):
    """Genuine, but about another merchant or another app."""

    code = "wrong-merchant"


class MalformedMessage(UntrustedMessage):
    """Genuine, but not of the form that the channel documents."""

    code = "malformed-message"
