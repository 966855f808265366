"""Audit's outside world: the broker's stream and the bucket of the archive."""
