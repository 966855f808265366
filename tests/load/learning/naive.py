"""The baseline: a plain FastAPI application that verifies the token and makes one MongoDB update a report.

What a careful developer writes first: the token is verified as identity signs it, the body is validated, the
update is durable before the answer (`w: majority`, journal). It knows no lease, no bank, no order of reports,
and keeps no log.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pydantic import BaseModel, Field
from pymongo import MongoClient

COLLECTION = "bench_naive_sessions"
ISSUER = "xueshi/identity"
app = FastAPI(openapi_url=None)
bearer = HTTPBearer()
key = ECKey.import_key(Path(os.environ["XUESHI_TOKEN_PUBLIC_KEY"]).read_bytes())
registry = jwt.JWTClaimsRegistry(exp={"essential": True}, iss={"essential": True, "value": ISSUER})
client: MongoClient[dict[str, Any]] = MongoClient(
    os.environ["XUESHI_MONGO_URI"], w="majority", journal=True, tz_aware=True
)
sessions = client.get_default_database()[COLLECTION]


class Report(BaseModel):
    """The player played [from_ms, to_ms) at `rate`."""

    report: int = Field(ge=1)
    from_ms: int = Field(ge=0)
    to_ms: int = Field(ge=0)
    rate: float = Field(gt=0)


class Progress(BaseModel):
    """Where to go on from."""

    credited_ms: int
    position_ms: int
    next_report: int
    state: str


def person(credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> str:
    """The learner who asks."""
    try:
        claims = jwt.decode(credentials.credentials, key, algorithms=["ES256"]).claims
        registry.validate(claims)
    except (JoseError, ValueError) as error:
        raise HTTPException(401) from error
    if claims["role"] != "learner":
        raise HTTPException(403)
    return str(claims["person"])


@app.get("/readyz")
def readyz() -> str:
    """What the gateway asks."""
    return "ok"


@app.post("/api/learning/enrollments/{enrollment_id}/sessions/{session_id}/reports")
def report(
    enrollment_id: str, session_id: str, report: Report, person_id: Annotated[str, Depends(person)]
) -> Progress:
    """Take what was played, if the session is the learner's."""
    played = report.to_ms - report.from_ms
    written = sessions.update_one(
        {"_id": session_id, "enrollment_id": enrollment_id, "person_id": person_id},
        {
            "$set": {
                "position_ms": report.to_ms,
                "reports": report.report,
                "reported_at": datetime.now(UTC),
            },
            "$inc": {"covered_ms": played},
        },
    )
    if not written.matched_count:
        raise HTTPException(404)
    return Progress(
        credited_ms=played, position_ms=report.to_ms, next_report=report.report + 1, state="playing"
    )
