"""The holes of plain Nameko, each shown on it, and shown closed by ours."""
