"""Events between services: envelope, topology, outbox relay, subscriptions, the log."""
