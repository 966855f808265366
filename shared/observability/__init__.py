"""Logs, metrics and trace context of every process, and the port that probes ask."""
