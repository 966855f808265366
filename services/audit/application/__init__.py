"""What audit does: record the stream, verify the chain, archive the log, derive hours, show events."""
