"""WeChat Pay (微信支付) Native, API v3: the merchant's client.

Own code on cryptography and httpx rather than the package wechatpayv3 (2.0.4, MIT, alive), because that one
fixes the gateway's address in a private attribute, opens a new connection for each request, verifies neither
timestamps nor error responses, answers None for every kind of untrusted callback alike, and logs payloads.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self
from urllib.parse import quote

from services.payment.adapters.channel import (
    ChannelRefund,
    ChannelTransaction,
    MalformedMessage,
    WrongMerchant,
)
from services.payment.adapters.wechatpay.messages import (
    read_json_object,
    read_refund,
    read_text,
    read_transaction,
)
from services.payment.adapters.wechatpay.settings import WeChatPaySettings
from services.payment.adapters.wechatpay.signing import MerchantSigner, PlatformVerifier, decrypt_resource
from services.payment.adapters.wechatpay.transport import Transport
from shared.domain.china_time import CHINA_TIME
from shared.domain.clock import Clock, utc_now

MAX_CALLBACK_BYTES = 64 * 1024


class WeChatPay:
    """微信支付 as a pay channel (R11, R13). Thread-safe, synchronous; one per process.

    `order_id` and `refund_id` travel as out_trade_no and out_refund_no: 6-32 and 1-64 characters of
    `0-9A-Za-z_-|*`. Repeating a call with the same ids and the same values is safe and answers the same.
    Every method raises ChannelUnavailable (outcome unknown), ChannelRefused, or UntrustedMessage.
    """

    def __init__(self, settings: WeChatPaySettings, clock: Clock = utc_now) -> None:
        self._settings = settings
        self._verifier = PlatformVerifier(settings.platform_serial, settings.platform_public_key)
        signer = MerchantSigner(settings.mchid, settings.serial, settings.private_key)
        self._transport = Transport(settings.url, signer, self._verifier, clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the pooled connections."""
        self._transport.close()

    def native_order(self, order_id: str, description: str, amount_fen: int, expires_at: datetime) -> str:
        """Place an order (Native 下单); answers the `weixin://` code_url for the QR code.

        `description` at most 127 characters, `expires_at` aware. A repeat must give the same values.
        """
        order = {
            "appid": self._settings.appid,
            "mchid": self._settings.mchid,
            "description": description,
            "out_trade_no": order_id,
            "time_expire": expires_at.astimezone(CHINA_TIME).isoformat(timespec="seconds"),
            "notify_url": self._settings.notify_url,
            "amount": {"total": amount_fen, "currency": "CNY"},
        }
        return read_text(self._transport.call("POST", "/v3/pay/transactions/native", order), "code_url")

    def query(self, order_id: str) -> ChannelTransaction | None:
        """Ask for an order (查询订单), as after silence (R13); None where the channel knows none."""
        answer = self._transport.find(f"{_order_path(order_id)}?mchid={quote(self._settings.mchid, safe='')}")
        return None if answer is None else self._transaction(answer)

    def close_order(self, order_id: str) -> None:
        """Close an unpaid order (关闭订单) for good; ChannelRefused ORDERPAID if it is paid."""
        self._transport.call("POST", f"{_order_path(order_id)}/close", {"mchid": self._settings.mchid})

    def refund(self, order_id: str, refund_id: str, amount_fen: int, total_fen: int) -> ChannelRefund:
        """Ask for a refund (申请退款) out of the order's `total_fen`; callback or query tell the end."""
        request = {
            "out_trade_no": order_id,
            "out_refund_no": refund_id,
            "notify_url": self._settings.notify_url,
            "amount": {"refund": amount_fen, "total": total_fen, "currency": "CNY"},
        }
        return read_refund(self._transport.call("POST", "/v3/refund/domestic/refunds", request), "status")

    def query_refund(self, refund_id: str) -> ChannelRefund | None:
        """Ask for a refund (查询单笔退款); None where the channel knows none."""
        answer = self._transport.find(f"/v3/refund/domestic/refunds/{quote(refund_id, safe='')}")
        return None if answer is None else read_refund(answer, "status")

    def read_callback(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> ChannelTransaction | ChannelRefund:
        """What a callback (支付/退款结果通知) says, once it proves to be genuine, fresh and ours (R13).

        Raises BadSignature, UnknownSerial, StaleTimestamp, Undecryptable, WrongMerchant or MalformedMessage.
        `body` is the bytes as received. The domain matches order and amount; repeats are normal.
        """
        if len(body) > MAX_CALLBACK_BYTES:
            raise MalformedMessage("the callback is too large")
        self._verifier.verify(headers, body, now)
        notification = read_json_object(body)
        plain = self._open_resource(notification)
        if str(notification.get("event_type", "")).startswith("REFUND."):
            self._require_ours(plain.get("mchid"), self._settings.appid)  # 退款 notifications name no appid
            return read_refund(plain, "refund_status")
        return self._transaction(plain)

    def _open_resource(self, notification: Mapping[str, Any]) -> dict[str, Any]:
        resource = notification.get("resource")
        if not isinstance(resource, dict):
            raise MalformedMessage("the callback has no resource")
        return read_json_object(decrypt_resource(resource, self._settings.apiv3_key))

    def _transaction(self, plain: Mapping[str, Any]) -> ChannelTransaction:
        self._require_ours(plain.get("mchid"), plain.get("appid"))
        return read_transaction(plain)

    def _require_ours(self, mchid: object, appid: object) -> None:
        if mchid != self._settings.mchid or appid != self._settings.appid:
            raise WrongMerchant("about another merchant or app")


def _order_path(order_id: str) -> str:
    return f"/v3/pay/transactions/out-trade-no/{quote(order_id, safe='')}"
