"""What payment does when something happened."""

from nameko.timer import timer

from services.payment.application import fees, orders
from services.payment.runtime import PaymentRuntime
from shared.domain.clock import utc_now
from shared.events.enrollment import DeclarationSubmitted, DeclarationWithdrawn
from shared.events.payment import PaymentConfirmed, PaymentRefused
from shared.messaging.service import Service
from shared.messaging.subscribe import subscribe


class PaymentService(Service[PaymentRuntime]):
    """缴费: knows what each enrolment costs, lets orders follow their fee, and asks silent channels."""

    runtime_class = PaymentRuntime

    @subscribe(DeclarationSubmitted)
    def charge(self, event: DeclarationSubmitted) -> None:
        """应缴."""
        fees.charge(self.runtime.fees, event)

    @subscribe(DeclarationWithdrawn)
    def withdraw(self, event: DeclarationWithdrawn) -> None:
        """本人强制办结."""
        fees.withdraw(self.runtime.fees, event)

    @subscribe(PaymentConfirmed)
    def pay_order(self, event: PaymentConfirmed) -> None:
        """已支付."""
        orders.follow_confirmation(self.runtime.orders, event)

    @subscribe(PaymentRefused)
    def refuse_order(self, event: PaymentRefused) -> None:
        """缴费异常."""
        orders.follow_refusal(self.runtime.orders, event, utc_now())

    @timer(interval=1)
    def query_silent_channels(self) -> None:
        """静默查询 (R13)."""
        self.runtime.settlement.query_silent(utc_now())
