"""The short way to an endpoint answers as FastAPI does, and is taken when there is nothing unusual."""

from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict, Field

from shared.domain.errors import DomainError, ErrorKind
from shared.http.direct import direct_routes
from shared.http.problems import add_problems

PATH = "/api/shop/shelves/a/items/7"
GOOD = {"count": 2, "price": 1.5}


class Sold(DomainError):
    code = "item.sold"
    kind = ErrorKind.CONFLICT


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")

    count: int = Field(ge=1, le=9, strict=True)
    price: float = Field(gt=0, allow_inf_nan=False)


class Receipt(BaseModel):
    shelf: str
    item: str
    count: int
    buyer: str
    total: float | None = None


async def buyer(request: Request) -> str:
    if "x-buyer" not in request.headers:
        raise Sold()
    return request.headers["x-buyer"]


async def shouted(name: Annotated[str, Depends(buyer)]) -> str:
    return name.upper()


async def buy(shelf: str, item: str, order: Order, who: Annotated[str, Depends(shouted)]) -> Receipt:
    if order.count == 9:
        raise Sold()
    return Receipt(shelf=shelf, item=item, count=order.count, buyer=who, total=order.count * order.price)


def shop(*, short: bool, long: bool = True) -> FastAPI:
    router, app = APIRouter(), FastAPI()
    router.post("/shelves/{shelf}/items/{item}", status_code=201)(buy)
    if long:
        app.include_router(router, prefix="/api/shop")
    if short:
        app.router.routes[:0] = direct_routes(router, "/api/shop", [buy])
    add_problems(app)
    return app


def client_of(app: FastAPI) -> TestClient:
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def both() -> tuple[TestClient, TestClient]:
    return client_of(shop(short=True)), client_of(shop(short=False))


REQUESTS: list[dict[str, Any]] = [
    {"json": GOOD},
    {"json": GOOD, "headers": {"x-buyer": "li"}},
    {"json": GOOD | {"count": 9}, "headers": {"x-buyer": "li"}},
    {"json": GOOD | {"count": 0}, "headers": {"x-buyer": "li"}},
    {"json": GOOD | {"count": 1.0}, "headers": {"x-buyer": "li"}},
    {"json": GOOD | {"count": True}, "headers": {"x-buyer": "li"}},
    {"json": GOOD | {"price": "1.5"}, "headers": {"x-buyer": "li"}},
    {"json": GOOD | {"more": 1}, "headers": {"x-buyer": "li"}},
    {"json": {"count": 1}, "headers": {"x-buyer": "li"}},
    {"json": [GOOD], "headers": {"x-buyer": "li"}},
    {"json": None, "headers": {"x-buyer": "li"}},
    {"content": b"{", "headers": {"x-buyer": "li", "content-type": "application/json"}},
    {"content": b"\xff", "headers": {"x-buyer": "li", "content-type": "application/json"}},
    {
        "content": b'{"count":1,"price":NaN}',
        "headers": {"x-buyer": "li", "content-type": "application/json"},
    },
    {"content": b'{"count":1,"price":1}', "headers": {"x-buyer": "li"}},
    {"content": b'{"count":1,"price":1}', "headers": {"x-buyer": "li", "content-type": "text/plain"}},
    {
        "content": b'{"count":1,"price":1}',
        "headers": {"x-buyer": "li", "content-type": "application/json; charset=utf-8"},
    },
    {"content": b"", "headers": {"x-buyer": "li", "content-type": "application/json"}},
    {"json": {"count": 0}},
]


@pytest.mark.parametrize("request_", REQUESTS)
def test_both_ways_answer_the_same(both: tuple[TestClient, TestClient], request_: dict[str, Any]) -> None:
    short, long = (client.post(PATH, **request_) for client in both)
    assert (short.status_code, short.json()) == (long.status_code, long.json())
    assert short.headers["content-type"] == long.headers["content-type"]


def test_other_methods_and_paths_are_left_to_fastapi(both: tuple[TestClient, TestClient]) -> None:
    for method, path in (("GET", PATH), ("POST", PATH + "/x"), ("POST", PATH + "/")):
        short, long = (client.request(method, path, json=GOOD) for client in both)
        assert (short.status_code, short.text) == (long.status_code, long.text)


def test_the_short_way_is_taken_when_nothing_is_unusual() -> None:
    alone = client_of(shop(short=True, long=False))
    assert alone.post(PATH, json=GOOD, headers={"x-buyer": "li"}).json()["buyer"] == "LI"
    assert alone.post(PATH, json={}, headers={"x-buyer": "li"}).status_code == 404


def test_a_test_may_replace_a_dependency() -> None:
    app = shop(short=True, long=False)
    app.dependency_overrides[buyer] = lambda: "wang"
    assert client_of(app).post(PATH, json=GOOD).json()["buyer"] == "WANG"


def test_an_endpoint_that_needs_more_has_no_short_way() -> None:
    async def browse(order: Order, page: int = 1) -> Receipt:
        raise NotImplementedError

    router = APIRouter()
    router.post("/browse")(browse)
    with pytest.raises(TypeError, match="page"):
        direct_routes(router, "", [browse])


async def order_nothing(shelf: str) -> Receipt:
    raise NotImplementedError


async def order_twice(order: Order, other: Order) -> Receipt:
    raise NotImplementedError


@pytest.mark.parametrize("endpoint", [order_nothing, order_twice])
def test_an_endpoint_without_one_body_has_no_short_way(endpoint: Any) -> None:
    router = APIRouter()
    router.post("/shelves/{shelf}")(endpoint)
    with pytest.raises(TypeError, match="one body"):
        direct_routes(router, "", [endpoint])


def test_what_a_route_demands_beside_its_parameters_is_not_passed_by() -> None:
    guarded = APIRouter(dependencies=[Depends(buyer)])
    guarded.post("/shelves/{shelf}/items/{item}")(buy)
    with pytest.raises(TypeError, match="dependencies"):
        direct_routes(guarded, "", [buy])
