"""What a process of payment holds besides the common things."""

from datetime import timedelta
from functools import cached_property
from typing import Any

from services.payment.adapters import WeChatPay
from services.payment.cashier import Cashier
from services.payment.settings import PaymentSettings
from services.payment.storage import Fees, Orders
from shared.events.terms import Channel
from shared.persistence.repository import Repository
from shared.runtime import Runtime


class PaymentRuntime(Runtime[PaymentSettings]):
    """Opened once when a process starts; the connections to the channel are shared by all its threads."""

    name = "payment"
    settings_class = PaymentSettings

    def __init__(self, settings: PaymentSettings) -> None:
        super().__init__(settings)
        self.fees, self.orders = Fees(), Orders()

    @property
    def repositories(self) -> tuple[Repository[Any], ...]:
        """All aggregates."""
        return (self.fees, self.orders)

    def open(self) -> None:
        """Connect, and fail now rather than at the first order when a key cannot be read."""
        super().open()
        self.channels[Channel.WECHAT]

    def close(self) -> None:
        """Give the connections back."""
        for channel in self.channels.values():
            channel.close()
        super().close()

    @cached_property
    def channels(self) -> dict[Channel, WeChatPay]:
        """缴费渠道 that this service has an account with (R11)."""
        return {Channel.WECHAT: WeChatPay(self.settings.wechatpay())}

    @cached_property
    def cashier(self) -> Cashier:
        """收银."""
        return Cashier(
            self.channels,
            lifetime=timedelta(minutes=self.settings.payment_order_minutes),
            silence=timedelta(seconds=self.settings.payment_silence_seconds),
        )
