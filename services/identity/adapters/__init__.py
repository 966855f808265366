"""The phone operator, and what turns secrets into what may be stored or shown."""
