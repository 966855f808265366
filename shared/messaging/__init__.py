"""Events between services: topology, outbox relay, subscriptions, recovery of queues."""
