"""Mutation testing: does a small mistake in a rule turn a test of the rules red? `make mutants`.

mutmut plants the mistakes in copies of services/*/domain, one at a time, and runs each service's pure tests.
"""
