"""The outside world of enrollment: whether what learners need answers."""
