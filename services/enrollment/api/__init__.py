"""What a front end may ask of enrollment."""

from services.enrollment.api import declarations, plans
from services.enrollment.settings import EnrollmentSettings
from services.enrollment.storage import Enrollments, Plans
from shared.api import service_api

app = service_api(
    name="enrollment",
    title="报名 Enrollment",
    routers=[plans.router, declarations.router],
    repositories=[Plans(), Enrollments()],
    settings_class=EnrollmentSettings,
    max_body_bytes=100_000,
)
