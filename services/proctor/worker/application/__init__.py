"""What the worker does with a batch of jobs (R3, R16, R18)."""
