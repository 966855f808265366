"""`xueshi`, the operators' tool: dead letters, outboxes, the event log."""
