"""The services. This list is the only one: what else names them is derived from it (`make derived`)."""

SERVICES = ("enrollment", "payment", "learning", "proctor", "certificate", "identity", "audit")
