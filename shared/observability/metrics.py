"""The metrics that several services share (Prometheus)."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Histogram("xueshi_http_request_seconds", "HTTP requests", ["service", "route", "status"])
HANDLED = Histogram("xueshi_event_handled_seconds", "Events handled", ["service", "type", "outcome"])
PUBLISHED = Counter("xueshi_events_published_total", "Events confirmed by the broker", ["service"])
RETURNED = Counter("xueshi_events_returned_total", "Events that no queue took", ["service"])
BLOCKED = Gauge("xueshi_relay_blocked", "1 while the broker takes no events", ["service"])
OLDEST_UNSENT = Gauge("xueshi_outbox_oldest_seconds", "Age of the oldest unsent event", ["service"])
QUEUES_MISSING = Counter("xueshi_queues_missing_total", "Queues that had to be recreated", ["queue"])
REFILLED = Counter("xueshi_refilled_total", "Events put into a queue again from the log", ["queue"])
