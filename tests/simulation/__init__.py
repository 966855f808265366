"""Deterministic simulation: the real repositories, domain, relay and inbox decisions in a world of faults."""
