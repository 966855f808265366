"""The steps from declaration to certificate. Each answers whether it is done, and may be repeated."""

from collections.abc import Callable
from functools import partial

import httpx

from testkit.actors.client import Refusal, TooSlow, once_found
from tests.faults.viewer import Viewer
from tests.faults.visitor import Visitor


def play(visitor: Visitor) -> None:
    """All steps in their order. Raises StuckError."""
    for name, step in STEPS.items():
        visitor.step = name
        visitor.office.before(name)
        visitor.insist(partial(step, visitor))
    visitor.done = True


def declare(visitor: Visitor) -> bool:
    """个人申报."""
    photo = (visitor.office.media / "astronaut" / "photo.jpg").read_bytes()
    try:
        visitor.learner.declare(visitor.office.plan_id, photo)
        visitor.note("enrollment.declaration.submitted.v1", enrollment_id=visitor.enrollment_id)
    except Refusal as refusal:  # the answer to an earlier try was lost
        if refusal.code != "declaration.second":
            raise
    return True


def log_in(visitor: Visitor) -> bool:
    """Activate, log in, and look up the declaration, whose answer may have been lost."""
    if not visitor.activated:
        _activate(visitor)
    visitor.learner.log_in()
    mine = visitor.learner.client.get("/api/enrollment/declarations")
    visitor.learner.enrollment_id = mine[0]["enrollment_id"] if mine else ""
    return bool(mine)


def _activate(visitor: Visitor) -> None:
    who = {"id_number": visitor.learner.person.id_number, "phone": visitor.learner.person.phone}
    code = visitor.learner.ask_for_code(who)
    if code is None:
        raise TooSlow("a text message")
    body = who | {"code": code, "password": visitor.learner.person.password}
    try:
        account = visitor.learner.client.post("/api/identity/activations/confirm", body)["account_id"]
        visitor.note("identity.account.activated.v1", account_id=account)
    except Refusal as refusal:  # the answer to an earlier try was lost
        if refusal.code != "account.activated":
            raise
    visitor.activated = True


def approve(visitor: Visitor) -> bool:
    """机构审核通过."""
    status = visitor.declaration()["status"]
    if status == "submitted":
        visitor.office.organisation.approve(visitor.enrollment_id)
        visitor.note("enrollment.declaration.approved.v1", enrollment_id=visitor.enrollment_id)
    return bool(status not in ("submitted", "withdrawn"))


def pay(visitor: Visitor) -> bool:
    """扫码缴费; done once learning is open (R8)."""
    if not visitor.declaration()["paid"]:
        body = {"enrollment_id": visitor.enrollment_id, "channel": "wechat"}
        order = visitor.learner.client.post("/api/payment/orders", body)
        _scan(visitor, order["code_url"])
        return False
    visitor.note("payment.fee.confirmed.v1", enrollment_id=visitor.enrollment_id)
    return once_found(visitor.study)() is not None


def _scan(visitor: Visitor, code_url: str) -> None:
    try:
        visitor.learner.phone.pay(code_url)
    except httpx.HTTPStatusError as error:
        if error.response.status_code != 409:  # paid already
            raise
    visitor.wait(lambda: visitor.declaration()["paid"])


def verify(visitor: Visitor) -> bool:
    """实名认证 (R16)."""
    if not visitor.study()["verified"]:
        try:
            visitor.learner.verify_identity(visitor.camera)
        except Refusal as refusal:
            if refusal.code != "verification.already_verified":
                raise
        visitor.wait(lambda: visitor.study()["verified"])
    visitor.note("proctor.identity.verified.v1", person_id=visitor.person_id())
    return True


def learn(visitor: Visitor) -> bool:
    """One session in the first unfinished lesson; done when all are complete."""
    lessons = visitor.study()["lessons"]
    left = [lesson for lesson in lessons if lesson["state"] != "completed"]
    if left:
        viewer = Viewer(
            visitor.learner, visitor.camera, visitor.office.report_seconds, visitor.note, visitor.chance
        )
        viewer.sit(left[0]["lesson_id"], until=visitor.deadline)
        return False
    for lesson in lessons:
        ids = {"enrollment_id": visitor.enrollment_id, "lesson_id": lesson["lesson_id"]}
        visitor.note("learning.lesson.completed.v1", **ids)
    return True


def confirm(visitor: Visitor) -> bool:
    """机构确认, once the audit is clean (R28)."""
    record = visitor.hours_record()
    if record["status"] == "organisation_review" and record["audit"]["verdict"] == "clean":
        visitor.office.organisation.client.post(f"{visitor.hours_record_path}/confirmation")
        visitor.note("certificate.hours.confirmed.v1", enrollment_id=visitor.enrollment_id)
    return bool(record["status"] not in ("collecting", "organisation_review"))


def report(visitor: Visitor) -> bool:
    """上报省级."""
    status = visitor.hours_record()["status"]
    if status == "reportable":
        visitor.learner.report()
        visitor.note("certificate.hours.reported.v1", enrollment_id=visitor.enrollment_id)
    return bool(status in ("province_review", "approved", "certified"))


def decide(visitor: Visitor) -> bool:
    """省级审核通过."""
    status = visitor.hours_record()["status"]
    if status == "province_review":
        visitor.office.province.decide(visitor.enrollment_id)
        visitor.note("certificate.province.approved.v1", enrollment_id=visitor.enrollment_id)
    return bool(status in ("approved", "certified"))


def certificate(visitor: Visitor) -> bool:
    """下载并验证证书."""
    pdf = visitor.learner.client.send("GET", f"{visitor.hours_record_path}/certificate.pdf").content
    files = {"pdf": ("certificate.pdf", pdf, "application/pdf")}
    valid = visitor.learner.client.post("/api/certificate/verifications", files=files)["valid"]
    visitor.note("certificate.certificate.issued.v1", enrollment_id=visitor.enrollment_id)
    return bool(valid) and visitor.declaration()["status"] == "certified"


STEPS: dict[str, Callable[[Visitor], bool]] = {
    "declare": declare,
    "log_in": log_in,
    "approve": approve,
    "pay": pay,
    "verify": verify,
    "learn": learn,
    "confirm": confirm,
    "report": report,
    "decide": decide,
    "certificate": certificate,
}
