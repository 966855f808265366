"""The lints' own lists are no longer than they must be."""
