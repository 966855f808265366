"""Whose database this is."""

SERVICE = "learning"
