"""What pay channels say of their own accord (支付结果通知, R13)."""

from fastapi import APIRouter, Request, Response

from services.payment.api.dependencies import RawBody, RuntimeDep
from shared.domain.clock import utc_now
from shared.events.terms import Channel

router = APIRouter(tags=["支付回调 callbacks"])


@router.post("/callbacks/wechatpay", status_code=204)
def wechatpay_callback(request: Request, body: RawBody, runtime: RuntimeDep) -> Response:
    """微信支付结果通知, signed by WeChat Pay. 204: taken in, also when a person has to look at it."""
    runtime.settlement.receive_callback(Channel.WECHAT, request.headers, body, utc_now())
    return Response(status_code=204)
