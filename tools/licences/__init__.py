"""Licences of all that is locked: read from what is installed, judged by `policy.toml`, shown as a table."""
