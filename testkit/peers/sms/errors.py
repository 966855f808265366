"""How the operator refuses: the gateway with a 4xx, SendSms itself with a 200 and a code ``isv.*``."""

import uuid

from fastapi import Request, Response
from fastapi.responses import JSONResponse

TROUBLESHOOT = "https://api.aliyun.com/troubleshoot"


class AliyunError(Exception):
    """One error, by status, code and message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message


def new_request_id() -> str:
    """A RequestId in the operator's form."""
    return str(uuid.uuid4()).upper()


async def answer_error(request: Request, error: Exception) -> Response:
    """The error in the operator's form."""
    assert isinstance(error, AliyunError)
    request_id = new_request_id()
    body = {"RequestId": request_id, "Message": error.message, "Code": error.code}
    if error.status != 200:
        body["HostId"] = request.headers.get("host", "")
        body["Recommend"] = f"{TROUBLESHOOT}?q={error.code}&product=Dysmsapi&requestId={request_id}"
    return JSONResponse(body, error.status)
