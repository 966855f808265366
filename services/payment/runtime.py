"""What a process of payment holds besides the common things."""

from datetime import timedelta
from functools import cached_property

from services.payment.adapters import WeChatPay, WeChatPaySettings
from services.payment.application.checkout import Checkout
from services.payment.application.settlement import Settlement
from services.payment.settings import PaymentSettings
from services.payment.storage import SERVICE, Fees, Orders
from shared.events.terms import Channel
from shared.runtime import Runtime


class PaymentRuntime(Runtime[PaymentSettings]):
    """Opened once when a process starts; the connections to the channel are shared by all its threads."""

    name = SERVICE
    settings_class = PaymentSettings

    def __init__(self, settings: PaymentSettings) -> None:
        super().__init__(settings)
        self.fees, self.orders = Fees(), Orders()

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
        return {Channel.WECHAT: WeChatPay(wechatpay_settings(self.settings))}

    @cached_property
    def settlement(self) -> Settlement:
        """What the channels say."""
        return Settlement(fees=self.fees, orders=self.orders, channels=self.channels)

    @cached_property
    def checkout(self) -> Checkout:
        """收银."""
        return Checkout(
            fees=self.fees,
            orders=self.orders,
            channels=self.channels,
            settlement=self.settlement,
            lifetime=timedelta(minutes=self.settings.payment_order_minutes),
            silence=timedelta(seconds=self.settings.payment_silence_seconds),
        )


def wechatpay_settings(settings: PaymentSettings) -> WeChatPaySettings:
    """The merchant account at WeChat Pay. Raises ValueError that names what is wrong."""
    return WeChatPaySettings(
        url=settings.wechatpay_url.rstrip("/"),
        mchid=settings.wechatpay_mchid,
        appid=settings.wechatpay_appid,
        serial=settings.wechatpay_serial,
        private_key=settings.wechatpay_private_key,
        apiv3_key=settings.wechatpay_apiv3_key.encode(),
        platform_serial=settings.wechatpay_platform_serial,
        platform_public_key=settings.wechatpay_platform_public_key,
        notify_url=settings.wechatpay_notify_url,
    )
