"""Faults, for real: people play journeys on the whole system while its parts are killed and stopped."""
