"""The merchant's side: /v3, every request signed by the merchant, every answer by the platform."""

import json
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from testkit.peers.wechatpay import documents
from testkit.peers.wechatpay.channel import CurrentChannel
from testkit.peers.wechatpay.errors import WeChatPayError, param_error
from testkit.peers.wechatpay.requests import NativeOrder, RefundRequest

router = APIRouter(prefix="/v3")
MIN_EXPIRY = timedelta(minutes=1)
DEFAULT_EXPIRY = timedelta(days=7)


async def authenticated(request: Request, channel: CurrentChannel) -> bytes:
    """The body of a request that the merchant has signed. 401 SIGN_ERROR otherwise."""
    body = await request.body()
    target = request.scope["raw_path"].decode("ascii")
    if request.scope["query_string"]:
        target += "?" + request.scope["query_string"].decode("ascii")
    authorization = request.headers.get("Authorization", "")
    channel.platform.authenticate(authorization, request.method, target, body)
    return body


Signed = Annotated[bytes, Depends(authenticated)]


@router.post("/pay/transactions/native")
async def native(channel: CurrentChannel, body: Signed) -> Response:
    """Native 下单; the same request again returns the same code_url."""
    order = NativeOrder.read(body)
    if (order.appid, order.mchid) != (channel.settings.appid, channel.settings.mchid):
        raise WeChatPayError(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配")
    known = channel.ledger.order(order.out_trade_no)
    if known is None:
        expires_at = _expiry(order.time_expire)
        arguments = (order.out_trade_no, order.canonical(), order.amount.total, order.notify_url, expires_at)
        return channel.platform.answer(200, {"code_url": channel.ledger.place(*arguments)})
    if known["trade_state"] == "CLOSED":
        raise WeChatPayError(400, "ORDER_CLOSED", "订单已关闭")
    if known["trade_state"] != "NOTPAY":
        raise WeChatPayError(400, "ORDERPAID", "该订单已支付")
    _require_same(known["request"], order.canonical())
    return channel.platform.answer(200, {"code_url": known["code_url"]})


@router.get("/pay/transactions/out-trade-no/{out_trade_no}")
async def query(channel: CurrentChannel, out_trade_no: str, _: Signed, mchid: str = "") -> Response:
    """商户订单号查询订单."""
    _require_merchant(channel, mchid)
    order = _order(channel, out_trade_no)
    return channel.platform.answer(200, documents.transaction(order, channel.settings))


@router.post("/pay/transactions/out-trade-no/{out_trade_no}/close")
async def close(channel: CurrentChannel, out_trade_no: str, body: Signed) -> Response:
    """关闭订单: 204 without a body."""
    _require_merchant(channel, _object(body).get("mchid"))
    order = _order(channel, out_trade_no)
    if order["trade_state"] not in ("NOTPAY", "CLOSED"):
        raise WeChatPayError(400, "ORDERPAID", "该订单已支付")
    channel.ledger.close_order(out_trade_no)
    return channel.platform.answer(204)


@router.post("/refund/domestic/refunds")
async def refund(channel: CurrentChannel, body: Signed) -> Response:
    """申请退款: answers PROCESSING; the same out_refund_no refunds once only."""
    asked = RefundRequest.read(body)
    order = _paid_order(channel, asked)
    known = channel.ledger.refund(asked.out_refund_no)
    if known is not None:
        _require_same(known["request"], asked.canonical())
        return channel.platform.answer(200, documents.refund(known, order))
    _require_refundable(asked, order["total"], channel.ledger.refunded(order["out_trade_no"]))
    arguments = (
        asked.out_refund_no,
        asked.canonical(),
        order["out_trade_no"],
        asked.amount.refund,
        asked.notify_url,
    )
    entry = channel.ledger.promise_refund(*arguments)
    for settled in channel.ledger.settle_refunds():
        channel.notifier.announce_refund(settled)
    return channel.platform.answer(200, documents.refund(entry, order))


@router.get("/refund/domestic/refunds/{out_refund_no}")
async def query_refund(channel: CurrentChannel, out_refund_no: str, _: Signed) -> Response:
    """查询单笔退款."""
    entry = channel.ledger.refund(out_refund_no)
    if entry is None:
        raise WeChatPayError(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
    return channel.platform.answer(200, documents.refund(entry, _order(channel, entry["out_trade_no"])))


def _order(channel: CurrentChannel, out_trade_no: str) -> sqlite3.Row:
    order = channel.ledger.order(out_trade_no)
    if order is None:
        raise WeChatPayError(404, "ORDER_NOT_EXIST", "订单不存在")
    return order


def _paid_order(channel: CurrentChannel, asked: RefundRequest) -> sqlite3.Row:
    if asked.transaction_id:
        order = channel.ledger.order_by_transaction(asked.transaction_id)
    else:
        order = channel.ledger.order(asked.out_trade_no or "")
    if order is None or order["transaction_id"] is None:
        raise WeChatPayError(404, "RESOURCE_NOT_EXISTS", "订单不存在")
    return order


def _require_refundable(asked: RefundRequest, total: int, refunded: int) -> None:
    if asked.amount.total != total:
        raise WeChatPayError(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
    if refunded + asked.amount.refund > total:
        raise WeChatPayError(400, "INVALID_REQUEST", "申请退款金额大于可退金额")


def _require_same(known: str, asked: str) -> None:
    if known != asked:
        raise WeChatPayError(400, "INVALID_REQUEST", "请求重入时，参数与首次请求时不一致")


def _require_merchant(channel: CurrentChannel, mchid: Any) -> None:
    if mchid != channel.settings.mchid:
        raise param_error("mchid", "mchid与签名的商户号不一致")


def _object(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except ValueError:
        raise param_error("body", "请求体不是JSON") from None
    return parsed if isinstance(parsed, dict) else {}


def _expiry(time_expire: datetime | None) -> float:
    if time_expire is None:
        return time.time() + DEFAULT_EXPIRY.total_seconds()
    # As documented, an end sooner than a minute from now is moved there.
    return max(time_expire, datetime.now(UTC) + MIN_EXPIRY).timestamp()
