"""短信 stand-in: Aliyun SMS, SendSms of dysmsapi 2017-05-25, with ACS3-HMAC-SHA256 verified for real.

``uvicorn testkit.peers.sms:app``. Senders POST to /, the phone reads /phone/{number}/messages.
Source: help.aliyun.com, «V3 版本请求体&签名机制» and «SendSms - 发送短信».
"""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Response

from testkit.peers.sms import phone_api, sender_api
from testkit.peers.sms.errors import AliyunError, answer_error
from testkit.peers.sms.messages import Messages
from testkit.peers.sms.settings import SmsStandInSettings

__all__ = ["app"]


@asynccontextmanager
async def _lifespan(application: FastAPI) -> AsyncIterator[None]:
    # The protocol carries phone and code in the URL, and uvicorn logs URLs.
    logging.getLogger("uvicorn.access").disabled = True
    settings = SmsStandInSettings.from_env(os.environ)
    application.state.settings = settings
    application.state.messages = Messages(settings.data / "sms.sqlite")
    yield
    application.state.messages.close()


app = FastAPI(title="短信 stand-in", lifespan=_lifespan)
app.add_exception_handler(AliyunError, answer_error)
app.include_router(sender_api.router)
app.include_router(phone_api.router)


@app.get("/healthz")
@app.get("/readyz")
async def health() -> Response:
    """Alive; served only once the messages are open."""
    return Response(status_code=204)
