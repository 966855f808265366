"""The payer's side: a learner's phone that scans a QR code and pays. Not part of WeChat Pay's merchant API.

``callbacks`` is for tests: with 0 there is no notification, and the merchant must query; above 1, repeats.
"""

import time
from typing import Annotated

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from testkit.peers.wechatpay.channel import CurrentChannel

router = APIRouter(prefix="/payer", tags=["payer"])
REFUSALS = {"SUCCESS": "该订单已支付", "REFUND": "该订单已支付", "CLOSED": "订单已关闭"}


class Scan(BaseModel):
    """The code that the phone's camera reads."""

    code_url: str
    callbacks: Annotated[int, Field(ge=0, le=50)] = 1


class Receipt(BaseModel):
    """What the phone shows after paying; ``amount`` in fen."""

    out_trade_no: str
    transaction_id: str
    amount: int


@router.post("/scan")
async def scan(channel: CurrentChannel, scanned: Scan) -> Receipt:
    """Pay the order behind the code. 404 for an unknown code, 409 when it can't be paid (any more)."""
    order = channel.ledger.order_by_code(scanned.code_url)
    if order is None:
        raise HTTPException(404, "二维码无效 unknown code")
    if order["trade_state"] != "NOTPAY":
        raise HTTPException(409, f"{REFUSALS[order['trade_state']]} not payable")
    if time.time() > order["expires_at"]:
        raise HTTPException(409, "二维码已过期 code expired")
    paid = channel.ledger.pay(order["out_trade_no"])
    channel.notifier.announce_payment(paid, scanned.callbacks)
    return Receipt(
        out_trade_no=paid["out_trade_no"], transaction_id=paid["transaction_id"], amount=paid["total"]
    )
