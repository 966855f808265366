"""The facts that services publish, one module a service.

A type is `service.subject.happened.vN`. A released field never changes; an addition has a default; a break is
a `V2` beside the old one. Readers ignore what they do not know. Personal data travels sealed.
"""

from shared.events import audit, certificate, enrollment, identity, learning, payment, proctor
from shared.events.base import REGISTRY, Event, Meta, event

__all__ = [
    "REGISTRY",
    "Event",
    "Meta",
    "audit",
    "certificate",
    "enrollment",
    "event",
    "identity",
    "learning",
    "payment",
    "proctor",
]
