"""What pay channels tell us of their own accord (支付结果通知, R13)."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request, Response

from services.payment.adapters import (
    BadSignature,
    ChannelError,
    MalformedMessage,
    StaleTimestamp,
    Undecryptable,
    UnknownSerial,
    UntrustedMessage,
    WrongMerchant,
)
from services.payment.runtime import PaymentRuntime
from shared.domain.clock import utc_now
from shared.domain.errors import DomainError, ErrorKind
from shared.events.terms import Channel
from shared.http.access import runtime_of

log = structlog.get_logger()
router = APIRouter(tags=["支付回调 callbacks"])
Running = Annotated[PaymentRuntime, Depends(runtime_of(PaymentRuntime))]


class CallbackUntrusted(DomainError):
    """回调不可信: it proves nothing and has changed nothing (R13). Subclasses say why."""

    code = "callback.untrusted"
    kind = ErrorKind.UNAUTHENTICATED
    message = "The callback is not believed 回调验证失败."


class CallbackBadSignature(CallbackUntrusted):
    """签名错误."""

    code = "callback.bad_signature"


class CallbackUnknownSerial(CallbackUntrusted):
    """公钥未知."""

    code = "callback.unknown_serial"


class CallbackStale(CallbackUntrusted):
    """时间戳过期: signed more than five minutes from now."""

    code = "callback.stale"


class CallbackUndecryptable(CallbackUntrusted):
    """无法解密."""

    code = "callback.undecryptable"


class CallbackWrongMerchant(CallbackUntrusted):
    """商户不符."""

    code = "callback.wrong_merchant"


class CallbackMalformed(CallbackUntrusted):
    """报文格式错误: genuine, but not what the channel documents."""

    code = "callback.malformed"
    kind = ErrorKind.MALFORMED


REASONS: dict[type[ChannelError], type[CallbackUntrusted]] = {
    BadSignature: CallbackBadSignature,
    UnknownSerial: CallbackUnknownSerial,
    StaleTimestamp: CallbackStale,
    Undecryptable: CallbackUndecryptable,
    WrongMerchant: CallbackWrongMerchant,
    MalformedMessage: CallbackMalformed,
}


async def raw_body(request: Request) -> bytes:
    """Dependency: the body, byte for byte as it was signed."""
    return await request.body()


@router.post("/callbacks/wechatpay", status_code=204)
def wechatpay_callback(
    request: Request, body: Annotated[bytes, Depends(raw_body)], running: Running
) -> Response:
    """微信支付结果通知, signed by WeChat Pay. 204: taken in, also when a person has to look at it."""
    try:
        told = running.channels[Channel.WECHAT].read_callback(request.headers, body, utc_now())
        running.cashier.receive(Channel.WECHAT, told)
    except UntrustedMessage as error:
        log.warning("callback.untrusted", code=error.code)
        raise REASONS.get(type(error), CallbackUntrusted)() from error
    return Response(status_code=204)
