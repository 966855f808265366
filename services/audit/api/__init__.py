"""What an auditor may ask of the log."""

from services.audit.api import hours, log, report, trail
from services.audit.runtime import AuditRuntime
from shared.http.application import service_api

app = service_api(
    title="Audit 审计: the log, and what it proves",
    routers=[trail.router, hours.router, report.router, log.router],
    runtime_class=AuditRuntime,
)
