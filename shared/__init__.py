"""Contracts and plumbing that every service uses; never a business rule."""
