"""Use cases of identity (R15): accounts from declarations, activation, login, sessions, staff accounts."""
