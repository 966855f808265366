"""The worker's edge to the broker: jobs come in, confirmed answers go out."""
