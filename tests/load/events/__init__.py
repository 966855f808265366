"""`make bench-events`: from a committed write to handled once elsewhere, ours against plain Nameko."""
