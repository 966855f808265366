"""Stand-ins for parties of the outside world: processes of their own that speak the real protocols.

They stand in for WeChat Pay and for a phone operator on one machine and in tests, and never run in a cluster.
They share no code with the services: each side implements the protocol from its documentation.
"""
