"""账户 identity: accounts, activation, passwords, second factors, sessions and access tokens (R15)."""
