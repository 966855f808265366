"""What a front end may ask of enrollment."""

from services.enrollment.api import cases, declarations, outages, own_cases, plans, reviews
from services.enrollment.runtime import EnrollmentRuntime
from shared.http.application import service_api

app = service_api(
    title="报名 Enrollment",
    routers=[
        plans.router,
        declarations.router,
        reviews.router,
        outages.router,
        cases.router,
        own_cases.router,
    ],
    runtime_class=EnrollmentRuntime,
    max_body_bytes=100_000,
)
