"""The former home of `access.visible_to`, for a module that is being changed elsewhere."""

from services.enrollment.domain.access import visible_to

__all__ = ["visible_to"]
