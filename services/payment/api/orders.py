"""Orders over HTTP (R11)."""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.payment.api.dependencies import RuntimeDep
from services.payment.domain import Order, OrderStatus, RefundStatus
from shared.domain.clock import utc_now
from shared.events.terms import Channel

router = APIRouter(tags=["订单 orders"])


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
    refund: RefundStatus | None = Field(description="of a payment that does not count")


@router.post("/orders", status_code=201, responses={200: {"model": OrderView}})
def open_order(new: NewOrder, runtime: RuntimeDep, response: Response) -> OrderView:
    """下单: whoever knows the enrolment's id. 201 for a new order, 200 for the one that is open already."""
    order, created = runtime.checkout.place_order(new.enrollment_id, new.channel, utc_now())
    response.status_code = 201 if created else 200
    return _view(order)


@router.get("/orders/{order_id}")
def get_order(order_id: str, runtime: RuntimeDep) -> OrderView:
    """订单: whoever knows its id."""
    return _view(runtime.orders.get(order_id))


def _view(order: Order) -> OrderView:
    return OrderView.model_validate(vars(order) | {"order_id": order.id})
