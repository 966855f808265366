"""The FastAPI application of a service."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI

from shared.http.direct import Endpoint, direct_routes
from shared.http.limits import MAX_BODY_BYTES, BodyBytes, BodyLimit
from shared.http.observer import RequestObserver
from shared.http.probes import add_probes
from shared.http.problems import add_problems
from shared.runtime import Runtime


def service_api(
    *,
    title: str,
    runtime_class: type[Runtime[Any]],
    routers: Sequence[APIRouter],
    max_body_bytes: BodyBytes = MAX_BODY_BYTES,
    hot: Sequence[Endpoint] = (),
) -> FastAPI:
    """Build the api of a service under `/api/<name>`; OpenAPI at `/api/<name>/openapi.json`.

    `max_body_bytes` may depend on the path, so that one upload does not open every endpoint to large bodies.
    `hot` are endpoints that are called so often that they get a short way (shared.http.direct).
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.runtime = runtime_class.from_environment()
        app.state.runtime.open()
        yield
        app.state.runtime.close()

    prefix = f"/api/{runtime_class.name}"
    app = FastAPI(
        title=title, lifespan=lifespan, openapi_url=f"{prefix}/openapi.json", docs_url=f"{prefix}/docs",
        redoc_url=None, responses={"default": {"description": "problem+json (RFC 9457)"}},
    )  # fmt: skip
    for router in routers:
        app.include_router(router, prefix=prefix)
        app.router.routes[:0] = direct_routes(router, prefix, hot)
    add_probes(app)
    add_problems(app)
    app.add_middleware(BodyLimit, max_body_bytes=max_body_bytes)
    app.add_middleware(RequestObserver, service=runtime_class.name)
    return app
