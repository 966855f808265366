"""Simulated people, who use the system over HTTP as its front ends do."""
