"""What a front end, and a pay channel, may ask of payment."""

from services.payment.api import callbacks, orders
from services.payment.runtime import PaymentRuntime
from services.payment.settings import PaymentSettings
from services.payment.storage import Fees, Orders
from shared.api import service_api

app = service_api(
    name="payment",
    title="缴费 Payment",
    routers=[orders.router, callbacks.router],
    repositories=[Fees(), Orders()],
    settings_class=PaymentSettings,
    runtime_class=PaymentRuntime,
    max_body_bytes=64 * 1024,
)
