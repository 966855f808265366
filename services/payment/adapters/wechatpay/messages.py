"""What WeChat Pay's answers and notifications say, in the channel's terms. Raises MalformedMessage."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from services.payment.adapters.channel import (
    ChannelRefund,
    ChannelTransaction,
    MalformedMessage,
    RefundState,
    TradeState,
)


def read_transaction(plain: Mapping[str, Any]) -> ChannelTransaction:
    """A transaction (交易), from a query or a notification."""
    try:
        return ChannelTransaction(
            order_id=read_text(plain, "out_trade_no"),
            state=TradeState(plain["trade_state"]),
            amount_fen=_fen(plain["amount"], "total"),
            transaction_id=plain.get("transaction_id") or None,
            paid_at=_instant(plain.get("success_time")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedMessage("not a transaction of WeChat Pay") from error


def read_refund(plain: Mapping[str, Any], state_field: str) -> ChannelRefund:
    """A refund (退款); its state is `status` in answers and `refund_status` in notifications."""
    try:
        return ChannelRefund(
            order_id=read_text(plain, "out_trade_no"),
            refund_id=read_text(plain, "out_refund_no"),
            channel_refund_id=read_text(plain, "refund_id"),
            state=RefundState(plain[state_field]),
            amount_fen=_fen(plain["amount"], "refund"),
            total_fen=_fen(plain["amount"], "total"),
            refunded_at=_instant(plain.get("success_time")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedMessage("not a refund of WeChat Pay") from error


def read_json_object(content: bytes) -> dict[str, Any]:
    """The JSON object in `content`."""
    try:
        parsed = json.loads(content)
    except ValueError:
        raise MalformedMessage("not JSON") from None
    if not isinstance(parsed, dict):
        raise MalformedMessage("not a JSON object")
    return parsed


def read_text(plain: Mapping[str, Any], name: str) -> str:
    """A text that has to be there."""
    value = plain.get(name)
    if not isinstance(value, str) or not value:
        raise MalformedMessage(f"{name} is missing")
    return value


def _fen(amount: Mapping[str, Any], name: str) -> int:
    value = amount[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedMessage(f"{name} is no amount in fen")
    if amount.get("currency", "CNY") != "CNY":
        raise MalformedMessage("not in CNY")
    return value


def _instant(value: object) -> datetime | None:
    if not value:
        return None
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise MalformedMessage("a time without its zone")
    return moment.astimezone(UTC)
