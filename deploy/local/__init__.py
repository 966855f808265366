"""The whole system on one machine, under one supervisor: for `make run`, `make demo` and the tests."""
