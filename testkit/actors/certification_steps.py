"""The steps of a journey after the last lesson. Each returns a note for the report."""

from typing import Any

from testkit.actors.client import Client, until
from testkit.actors.journey_state import JourneyState


def confirm(journey: JourneyState) -> str:
    """学时审核与机构确认 (R28)."""
    record = journey.organisation.confirm_hours(journey.learner.enrollment_id)
    audit = record["audit"]
    assert audit["verdict"] == "clean", record
    return f"verdict {audit['verdict']}: {len(audit['findings'])} rules held"


def report(journey: JourneyState) -> str:
    """上报省级."""
    client, path = journey.learner.client, journey.hours_record_path
    until("the confirmation", lambda: client.get(path)["status"] == "reportable")
    journey.learner.report()
    return "reported"


def decide(journey: JourneyState) -> str:
    """省级审核."""
    journey.province.log_in()
    journey.province.decide(journey.learner.enrollment_id)
    return "approved"


def certify(journey: JourneyState) -> str:
    """下载并验证证书: the true copy is valid, and an altered one is not."""
    pdf = journey.learner.certificate()
    path = journey.out / "certificate.pdf"
    path.write_bytes(pdf)
    with Client(journey.url) as anyone:
        valid = _verify(anyone, pdf)
        altered = _verify(anyone, pdf.replace(b"/Type", b"/Tyqe", 1))
        shown = anyone.get(f"/api/certificate/verifications/{valid['number']}")
    assert valid["valid"], valid
    assert shown["state"] == "valid", shown
    assert not altered["valid"], altered
    journey.certificate = valid | {"path": str(path)}
    return f"{valid['number']} valid; an altered copy: {altered['reason']}"


def audit(journey: JourneyState) -> str:
    """审计重算学时: the auditor derives from the log the hours that learning has credited (R31)."""
    journey.auditor.log_in()
    path = f"/api/audit/hours/{journey.learner.enrollment_id}"
    derived = until("the log", lambda: _if_complete(journey.auditor.client.get(path)))
    study = journey.study()
    learned = {lesson["lesson_id"]: lesson["covered_ms"] for lesson in study["lessons"]}
    audited = {lesson["lesson_id"]: lesson["credited_ms"] for lesson in derived["lessons"]}
    journey.audited, journey.progress, journey.hours_match = derived, study, learned == audited
    assert derived["match"], derived["discrepancies"]
    assert learned == audited, (learned, audited)
    return "learning's and the auditor's hours are the same, to the millisecond"


def _if_complete(derived: dict[str, Any]) -> dict[str, Any] | None:
    """The auditor's answer, once the log holds the whole study."""
    return derived if all(lesson["completed"] for lesson in derived["lessons"]) else None


def _verify(anyone: Client, pdf: bytes) -> dict[str, Any]:
    files = {"pdf": ("certificate.pdf", pdf, "application/pdf")}
    answer: dict[str, Any] = anyone.post("/api/certificate/verifications", files=files)
    return answer
