"""What a front end, and a pay channel, may ask of payment."""

from services.payment.adapters import MAX_CALLBACK_BYTES
from services.payment.api import callbacks, orders
from services.payment.runtime import PaymentRuntime
from shared.http.application import service_api

app = service_api(
    title="缴费 Payment",
    routers=[orders.router, callbacks.router],
    runtime_class=PaymentRuntime,
    max_body_bytes=MAX_CALLBACK_BYTES,
)
