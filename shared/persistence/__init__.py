"""Storage: one conditional write holds an aggregate's state, its outbox and the events it has processed."""
