"""Orders and refunds as API v3 shows them."""

import sqlite3
from typing import Any

from testkit.peers.wechatpay.settings import WeChatPayStandInSettings

DESCRIPTIONS = {"NOTPAY": "订单未支付", "SUCCESS": "支付成功", "REFUND": "转入退款", "CLOSED": "订单已关闭"}


def transaction(order: sqlite3.Row, settings: WeChatPayStandInSettings) -> dict[str, Any]:
    """交易, for queries and for payment notifications."""
    shown: dict[str, Any] = {
        "appid": settings.appid,
        "mchid": settings.mchid,
        "out_trade_no": order["out_trade_no"],
        "trade_state": order["trade_state"],
        "trade_state_desc": DESCRIPTIONS[order["trade_state"]],
        "attach": "",
        "payer": {},
        "amount": {"total": order["total"], "currency": "CNY", "payer_currency": "CNY"},
    }
    if order["transaction_id"]:
        shown |= {
            "transaction_id": order["transaction_id"],
            "trade_type": "NATIVE",
            "bank_type": "OTHERS",
            "success_time": order["success_time"],
            "payer": {"openid": order["openid"]},
        }
        shown["amount"]["payer_total"] = order["total"]
    return shown


def refund(entry: sqlite3.Row, order: sqlite3.Row) -> dict[str, Any]:
    """退款, for requests and queries."""
    shown = {
        "refund_id": entry["refund_id"],
        "out_refund_no": entry["out_refund_no"],
        "transaction_id": order["transaction_id"],
        "out_trade_no": order["out_trade_no"],
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": entry["create_time"],
        "status": entry["status"],
        "funds_account": "UNSETTLED",
        "amount": _amount(entry, order) | {"currency": "CNY", "discount_refund": 0},
    }
    return shown | ({"success_time": entry["success_time"]} if entry["success_time"] else {})


def refund_notice(
    entry: sqlite3.Row, order: sqlite3.Row, settings: WeChatPayStandInSettings
) -> dict[str, Any]:
    """The resource of a refund notification (退款结果通知), which names no appid."""
    return {
        "mchid": settings.mchid,
        "out_trade_no": order["out_trade_no"],
        "transaction_id": order["transaction_id"],
        "out_refund_no": entry["out_refund_no"],
        "refund_id": entry["refund_id"],
        "refund_status": entry["status"],
        "success_time": entry["success_time"],
        "user_received_account": "支付用户零钱",
        "amount": _amount(entry, order),
    }


def _amount(entry: sqlite3.Row, order: sqlite3.Row) -> dict[str, Any]:
    total, refunded = order["total"], entry["refund"]
    return {"total": total, "refund": refunded, "payer_total": total, "payer_refund": refunded}
