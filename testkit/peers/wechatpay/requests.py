"""The bodies that merchants send, checked as documented."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, ValidationError

from testkit.peers.wechatpay.errors import WeChatPayError, param_error

Fen = Annotated[int, Field(strict=True, ge=1)]
OutTradeNo = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_\-|*]{6,32}$")]
OutRefundNo = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_\-|*@]{1,64}$")]
NotifyUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^?#\s]+$", max_length=255)]


class _Body(BaseModel):
    @classmethod
    def read(cls, body: bytes) -> Self:
        """The checked body. Raises 400 PARAM_ERROR that names the first bad field."""
        try:
            return cls.model_validate_json(body)
        except ValidationError as refusal:
            first = refusal.errors()[0]
            raise _param_error(first["loc"], first["msg"]) from None

    def canonical(self) -> str:
        """The same text for the same request, to tell a repeat from a different one."""
        return self.model_dump_json()


class OrderAmount(BaseModel):
    """订单金额, in fen."""

    total: Fen
    currency: Literal["CNY"] = "CNY"


class NativeOrder(_Body):
    """Native 下单."""

    appid: str
    mchid: str
    description: Annotated[str, StringConstraints(min_length=1, max_length=127)]
    out_trade_no: OutTradeNo
    time_expire: AwareDatetime | None = None
    notify_url: NotifyUrl
    amount: OrderAmount


class RefundAmount(BaseModel):
    """退款金额, in fen."""

    refund: Fen
    total: Fen
    currency: Literal["CNY"]


class RefundRequest(_Body):
    """申请退款; names the order by either of its numbers."""

    transaction_id: str | None = None
    out_trade_no: OutTradeNo | None = None
    out_refund_no: OutRefundNo
    reason: Annotated[str, StringConstraints(max_length=80)] | None = None
    notify_url: NotifyUrl | None = None
    amount: RefundAmount


def _param_error(location: tuple[int | str, ...], issue: str) -> WeChatPayError:
    return param_error("/" + "/".join(str(part) for part in location), issue)
