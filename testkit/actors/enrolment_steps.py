"""The steps of a journey up to the first lesson. Each returns a note for the report."""

from testkit.actors.client import once_found, until
from testkit.actors.demo_course import demo_lessons, demo_plan
from testkit.actors.journey_state import LEARNER, JourneyState


def publish(journey: JourneyState) -> str:
    """机构发布课程与培训计划."""
    journey.organisation.log_in()
    course = journey.organisation.publish_course("继续教育示范课程", demo_lessons(journey.media))
    plan = journey.organisation.client.post("/api/enrollment/plans", demo_plan(course))
    journey.plan_id = plan["plan_id"]
    return f"plan {journey.plan_id}"


def declare(journey: JourneyState) -> str:
    """个人申报."""
    photo = (journey.media / LEARNER / "photo.jpg").read_bytes()
    journey.learner.declare(journey.plan_id, photo)
    return f"enrolment {journey.learner.enrollment_id}"


def approve(journey: JourneyState) -> str:
    """机构审核通过."""
    journey.organisation.approve(journey.learner.enrollment_id)
    return "approved"


def pay(journey: JourneyState) -> str:
    """扫码缴费."""
    return f"order {journey.learner.pay()} paid, 600.00 元"


def activate(journey: JourneyState) -> str:
    """激活账户并登录 (R15)."""
    journey.learner.activate()
    journey.learner.log_in()
    return "logged in"


def verify(journey: JourneyState) -> str:
    """实名认证 (R16)."""
    until("the study", once_found(journey.study))
    state = journey.learner.verify_identity(journey.camera())
    until("the verification in learning", lambda: journey.study()["verified"])
    return state
