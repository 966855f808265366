"""What the endpoints of payment depend on."""

from typing import Annotated

from fastapi import Depends, Request

from services.payment.runtime import PaymentRuntime
from shared.http.access import runtime_of

RuntimeDep = Annotated[PaymentRuntime, Depends(runtime_of(PaymentRuntime))]


async def raw_body(request: Request) -> bytes:
    """The body, byte for byte as it was signed."""
    return await request.body()


RawBody = Annotated[bytes, Depends(raw_body)]
