"""The FastAPI application of a service: problem+json errors, limits, probes, metrics, tracing, access."""

import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import Kind, Refused
from shared.events.terms import Role
from shared.observability import REQUESTS, continue_trace
from shared.runtime import Runtime, Store
from shared.security.tokens import Forbidden, Principal, Unauthenticated
from shared.settings import ServiceSettings, read

log = structlog.get_logger()
MAX_BODY_BYTES = 1_000_000
PROBLEM = "application/problem+json"
_bearer = HTTPBearer(auto_error=False, description="Access token from identity (ES256 JWT)")


class TooLarge(HTTPException):
    """The body is longer than the service takes (an HTTPException, because FastAPI lets only those pass)."""

    def __init__(self) -> None:
        super().__init__(413)


def service_api(
    *,
    name: str,
    title: str,
    routers: Sequence[APIRouter],
    repositories: Sequence[Store],
    settings_class: type[ServiceSettings] = ServiceSettings,
    runtime_class: type[Runtime[Any]] = Runtime,
    buckets: Sequence[str] = (),
    max_body_bytes: int | Callable[[str], int] = MAX_BODY_BYTES,
) -> FastAPI:
    """Build the api of a service under `/api/<name>`; OpenAPI at `/api/<name>/openapi.json`.

    `max_body_bytes` may depend on the path, so that one upload does not open every endpoint to large bodies.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.runtime = runtime_class(read(settings_class), repositories, buckets)
        app.state.runtime.open()
        yield
        app.state.runtime.close()

    prefix = f"/api/{name}"
    app = FastAPI(
        title=title, lifespan=lifespan, openapi_url=f"{prefix}/openapi.json", docs_url=f"{prefix}/docs",
        redoc_url=None, responses={"default": {"description": "problem+json (RFC 9457)"}},
    )  # fmt: skip
    for router in routers:
        app.include_router(router, prefix=prefix)
    _add_probes(app)
    _add_problems(app)
    app.add_middleware(_Limits, max_body_bytes=max_body_bytes)
    app.add_middleware(_Observed, service=name)
    return app


def runtime(request: Request) -> Any:
    """Dependency: the runtime of this process."""
    return request.app.state.runtime


def principal(
    request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Principal:
    """Dependency: who asks. Raises Unauthenticated."""
    if bearer is None:
        raise Unauthenticated()
    found: Principal = runtime(request).verify_token(bearer.credentials)
    return found


def only(*roles: Role) -> Callable[[Principal], Principal]:
    """Dependency: who asks, if in one of these roles. Raises Unauthenticated, Forbidden."""

    def check(who: Annotated[Principal, Depends(principal)]) -> Principal:
        if who.role not in roles:
            raise Forbidden()
        return who

    return check


Anyone = Annotated[Principal, Depends(principal)]
Learner = Annotated[Principal, Depends(only(Role.LEARNER))]
OrganisationStaff = Annotated[Principal, Depends(only(Role.ORGANISATION))]
ProvinceStaff = Annotated[Principal, Depends(only(Role.PROVINCE))]
Auditor = Annotated[Principal, Depends(only(Role.AUDITOR))]


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


def _add_probes(app: FastAPI) -> None:
    @app.get("/healthz", include_in_schema=False)
    def healthz() -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    @app.get("/readyz", include_in_schema=False)
    def readyz(request: Request) -> PlainTextResponse:
        ready = runtime(request).ready()
        return PlainTextResponse("ok\n" if ready else "not ready\n", status_code=200 if ready else 503)

    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _add_problems(app: FastAPI) -> None:
    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> JSONResponse:
        facts = json.loads(json.dumps(error.facts, default=str))
        answer = problem(error.kind.value, error.code, str(error), **({"facts": facts} if facts else {}))
        if error.kind is Kind.UNAUTHENTICATED:
            answer.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
        if "retry_after_s" in error.facts:
            answer.headers["Retry-After"] = str(error.facts["retry_after_s"])
        return answer

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        if any(it["type"] == "json_invalid" for it in error.errors()):
            return problem(400, "json.malformed", "The body is not valid JSON 请求格式错误.")
        wrong = [{"field": ".".join(map(str, it["loc"])), "says": it["msg"]} for it in error.errors()]
        return problem(
            422, "request.invalid", "Some fields are missing or wrong 请检查填写内容.", errors=wrong
        )

    @app.exception_handler(TooLarge)
    async def too_large(_: Request, error: TooLarge) -> JSONResponse:
        return problem(413, "body.too_large", "The body is too large 内容过大.")

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, f"http.{error.status_code}", str(error.detail))

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> JSONResponse:
        log.exception("request.broken", path=request.url.path, exc_info=error)
        return problem(500, "internal", "Something broke on our side; try again 系统错误, 请稍后重试.")


class _Limits:
    """Refuses bodies over the limit, declared or streamed."""

    def __init__(self, app: ASGIApp, max_body_bytes: int | Callable[[str], int]) -> None:
        self._app, self._most = app, max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = self._most(scope.get("path", "")) if callable(self._most) else self._most
        declared = dict(scope.get("headers", ())).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > most:
            answer = problem(413, "body.too_large", f"At most {most} bytes 内容过大.", limit_bytes=most)
            await answer(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise TooLarge
            return message

        await self._app(scope, counted, send)


class _Observed:
    """Continues the caller's trace and measures each request by route and status."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        structlog.contextvars.clear_contextvars()
        given = dict(scope["headers"]).get(b"traceparent")
        trace = continue_trace(given.decode("latin-1") if given else None)
        started, status = time.monotonic(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"traceparent", trace.encode())]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            route = getattr(scope.get("route"), "path", "?")
            took = time.monotonic() - started
            REQUESTS.labels(self._service, route, str(status)).observe(took)
            log.info("request", method=scope["method"], route=route, status=status, ms=round(took * 1000, 1))
