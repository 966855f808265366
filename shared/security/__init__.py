"""Tokens, keys of persons, receipts."""
