"""Refusals and failures as RFC 9457 answers (problem+json)."""

import json
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from shared.domain.errors import DomainError, ErrorKind

log = structlog.get_logger()
PROBLEM = "application/problem+json"


class TooLarge(HTTPException):
    """The body is longer than the service takes (an HTTPException, because FastAPI lets only those pass)."""

    def __init__(self) -> None:
        super().__init__(413)


class TooSlow(HTTPException):
    """The body comes so slowly that the request would keep others out."""

    def __init__(self) -> None:
        super().__init__(408)


def problem(status: int, code: str, detail: str, **more: Any) -> JSONResponse:
    """An RFC 9457 answer; `code` is stable, `detail` says what to do."""
    body = {
        "type": f"urn:xueshi:problem:{code}",
        "title": code,
        "status": status,
        "code": code,
        "detail": detail,
    }
    return JSONResponse(body | more, status_code=status, media_type=PROBLEM)


def add_problems(app: FastAPI) -> None:
    """Let every refusal and failure be answered as problem+json."""

    @app.exception_handler(DomainError)
    async def refused(_: Request, error: DomainError) -> JSONResponse:
        details = json.loads(json.dumps(error.details, default=str))
        answer = problem(error.kind.value, error.code, str(error), **({"facts": details} if details else {}))
        if error.kind is ErrorKind.UNAUTHENTICATED:
            answer.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
        if "retry_after_s" in error.details:
            answer.headers["Retry-After"] = str(error.details["retry_after_s"])
        return answer

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        if any(fault["type"] == "json_invalid" for fault in error.errors()):
            return problem(400, "json.malformed", "The body is not valid JSON 请求格式错误.")
        wrong = [
            {"field": ".".join(map(str, fault["loc"])), "says": fault["msg"]} for fault in error.errors()
        ]
        return problem(
            422, "request.invalid", "Some fields are missing or wrong 请检查填写内容.", errors=wrong
        )

    @app.exception_handler(TooLarge)
    async def too_large(_: Request, error: TooLarge) -> JSONResponse:
        return problem(413, "body.too_large", "The body is too large 内容过大.")

    @app.exception_handler(TooSlow)
    async def too_slow(_: Request, error: TooSlow) -> JSONResponse:
        answer = problem(408, "body.too_slow", "The body comes too slowly; send it again 上传过慢, 请重试.")
        answer.headers["Connection"] = "close"  # the rest of it is not waited for
        return answer

    @app.exception_handler(ClientDisconnect)
    async def gone(_: Request, error: ClientDisconnect) -> JSONResponse:
        """Nobody reads it, and it is no failure of ours."""
        return problem(400, "body.incomplete", "The body broke off; send it again 请求未传完, 请重新发送.")

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, f"http.{error.status_code}", str(error.detail))

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> JSONResponse:
        log.exception("request.broken", path=request.url.path, exc_info=error)
        return problem(500, "internal", "Something broke on our side; try again 系统错误, 请稍后重试.")
