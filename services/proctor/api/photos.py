"""Declaration photos over HTTP (R3): examined before anybody declares, hence without a login."""

from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel, Field

from services.proctor.api.dependencies import RuntimeDep
from shared.domain.clock import utc_now
from shared.events.terms import LicenceCategory

router = APIRouter(tags=["照片审查 photos"])


class ExaminedPhoto(BaseModel):
    """An accepted photo; the receipt belongs into the declaration and is good for 24 hours."""

    photo_id: str
    receipt: str = Field(description="compact JWS (RFC 7515), ES256")


@router.post("/photos", status_code=201)
def examine_photo(
    photo: Annotated[
        UploadFile, File(description="一寸照: JPEG, 150×180 px, at most 50 KB, blue background")
    ],
    category: Annotated[LicenceCategory, Form(description="licence category that is to be declared")],
    runtime: RuntimeDep,
) -> ExaminedPhoto:
    """照片审查: anyone. A refusal names the rule that failed and by how much (`facts`)."""
    accepted = runtime.photo_examination.examine(photo.file, category, utc_now())
    return ExaminedPhoto(photo_id=accepted.photo_id, receipt=accepted.receipt)
