"""What payment does when something happened."""

from nameko.timer import timer

from services.payment.domain import Fee
from services.payment.runtime import PaymentRuntime
from services.payment.storage import Fees, Orders
from shared.domain.clock import utc_now
from shared.events.enrollment import DeclarationSubmitted, DeclarationWithdrawn
from shared.events.payment import PaymentConfirmed, PaymentRefused
from shared.messaging.service import Service
from shared.messaging.subscribe import subscribe


class PaymentService(Service[PaymentRuntime]):
    """缴费: knows what each enrolment costs, lets orders follow their fee, and asks silent channels."""

    name = "payment"
    runtime_class = PaymentRuntime
    fees = Fees()
    orders = Orders()

    @subscribe(DeclarationSubmitted)
    def charge(self, event: DeclarationSubmitted) -> None:
        """应缴; a corrected declaration of the same enrolment costs what it did."""
        fee = Fee(id=event.enrollment_id, person_id=event.person_id, fee_fen=event.fee_fen)
        self.fees.upsert(fee, lambda _: None, because=event)

    @subscribe(DeclarationWithdrawn)
    def withdraw(self, event: DeclarationWithdrawn) -> None:
        """本人强制办结: nothing is due any more; open orders are closed when the channel is asked next."""
        self.fees.update(event.enrollment_id, lambda it: it.withdraw(), because=event)

    @subscribe(PaymentConfirmed)
    def pay_order(self, event: PaymentConfirmed) -> None:
        """The order follows its fee."""
        self.orders.update(event.order_id, lambda it: it.pay(), because=event)

    @subscribe(PaymentRefused)
    def refuse_order(self, event: PaymentRefused) -> None:
        """The order follows its fee; what is to go back goes with the next round of `settle`."""
        self.orders.update(event.order_id, lambda it: it.refuse(event.reason, utc_now()), because=event)

    @timer(interval=1)
    def settle(self) -> None:
        """静默查询 (R13)."""
        self.runtime.cashier.settle_silent(utc_now())
