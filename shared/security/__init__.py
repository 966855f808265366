"""Tokens, keys of persons, receipts, play leases."""
