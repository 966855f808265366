"""Rules of money: a fee is paid at most once (R11, R13), an order lives until it is paid or closed."""

from services.payment.domain.fee import Fee, FeeStatus, Objection, Payment
from services.payment.domain.order import Order, OrderStatus, RefundStatus

__all__ = ["Fee", "FeeStatus", "Objection", "Order", "OrderStatus", "Payment", "RefundStatus"]
