"""微信支付 stand-in: WeChat Pay API v3, Native payment, with real signatures and encryption.

``uvicorn testkit.peers.wechatpay:app``. Merchants use /v3, the payer's phone /payer.
Source: pay.weixin.qq.com, API v3 documentation for direct merchants (普通商户).
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Response

from testkit.peers.wechatpay import merchant_api, payer_api
from testkit.peers.wechatpay.channel import Channel
from testkit.peers.wechatpay.errors import WeChatPayError, answer_error
from testkit.peers.wechatpay.ledger import Ledger
from testkit.peers.wechatpay.notifier import Notifier
from testkit.peers.wechatpay.platform import Platform
from testkit.peers.wechatpay.settings import WeChatPayStandInSettings

__all__ = ["app"]


@asynccontextmanager
async def _lifespan(application: FastAPI) -> AsyncIterator[None]:
    settings = WeChatPayStandInSettings.from_env(os.environ)
    ledger = Ledger(settings.data / "wechatpay.sqlite")
    platform = Platform(settings)
    async with Notifier(platform, ledger, settings.notify_scale) as notifier:
        application.state.channel = Channel(
            settings=settings, platform=platform, ledger=ledger, notifier=notifier
        )
        for settled in ledger.settle_refunds():
            notifier.announce_refund(settled)
        yield
    ledger.close()


app = FastAPI(title="微信支付 stand-in", lifespan=_lifespan)
app.add_exception_handler(WeChatPayError, answer_error)
app.include_router(merchant_api.router)
app.include_router(payer_api.router)


@app.get("/healthz")
@app.get("/readyz")
async def health() -> Response:
    """Alive; served only once keys and ledger are open."""
    return Response(status_code=204)
