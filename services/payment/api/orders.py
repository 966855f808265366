"""Orders over HTTP (R11)."""

from datetime import datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from services.payment.adapters import ChannelError
from services.payment.domain import Order, OrderStatus, Refund
from services.payment.runtime import PaymentRuntime
from services.payment.storage import Orders
from shared.domain.clock import utc_now
from shared.domain.errors import DomainError, ErrorKind
from shared.events.terms import Channel
from shared.http.access import runtime_of

log = structlog.get_logger()
router = APIRouter(tags=["订单 orders"])
orders = Orders()
Running = Annotated[PaymentRuntime, Depends(runtime_of(PaymentRuntime))]


class ChannelAway(DomainError):
    """渠道暂不可用: nothing is lost; the same request goes on with the same order."""

    code = "channel.unavailable"
    kind = ErrorKind.UNAVAILABLE
    message = "The pay channel does not answer as it should; try again 支付渠道暂不可用, 请稍后重试."


class NewOrder(BaseModel):
    """下单."""

    enrollment_id: str = Field(min_length=1, max_length=64, description="from the declaration")
    channel: Channel = Field(description="缴费渠道", examples=["wechat"])


class OrderView(BaseModel):
    """订单, as whoever pays it sees it."""

    order_id: str
    enrollment_id: str
    amount_fen: int = Field(description="in fen 分", examples=[60_000])
    channel: Channel
    status: OrderStatus
    code_url: str | None = Field(description="what the QR code shows")
    expires_at: datetime = Field(description="it can be paid until then")
    refund: Refund | None = Field(description="of a payment that does not count")


@router.post("/orders", status_code=201, responses={200: {"model": OrderView}})
def open_order(new: NewOrder, running: Running, response: Response) -> OrderView:
    """下单: whoever knows the enrolment's id. 201 for a new order, 200 for the one that is open already."""
    try:
        order, created = running.cashier.checkout(new.enrollment_id, new.channel, utc_now())
    except ChannelError as error:
        log.warning("channel.failed", code=error.code, reason=str(error))
        raise ChannelAway() from error
    response.status_code = 201 if created else 200
    return _view(order)


@router.get("/orders/{order_id}")
def get_order(order_id: str) -> OrderView:
    """订单: whoever knows its id."""
    return _view(orders.get(order_id))


def _view(order: Order) -> OrderView:
    return OrderView.model_validate(vars(order) | {"order_id": order.id})
