"""How API v3 refuses: a status, and a body with code, message and sometimes detail."""

from typing import Any

from fastapi import Request, Response


class WeChatPayError(Exception):
    """An error answer. Those about the request's own signature (401) go out unsigned, all others signed."""

    def __init__(self, status: int, code: str, message: str, detail: dict[str, Any] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.body: dict[str, Any] = {"code": code, "message": message}
        if detail:
            self.body["detail"] = detail


def param_error(field: str, issue: str) -> WeChatPayError:
    """400 PARAM_ERROR about one field of the body."""
    return WeChatPayError(
        400, "PARAM_ERROR", "参数错误", {"field": field, "issue": issue, "location": "body"}
    )


async def answer_error(request: Request, error: Exception) -> Response:
    """The error as WeChat Pay answers it."""
    assert isinstance(error, WeChatPayError)
    platform = request.app.state.channel.platform
    response: Response = platform.answer(error.status, error.body, signed=error.status != 401)
    return response
