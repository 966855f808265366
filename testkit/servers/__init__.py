"""Real servers and the whole system on one machine, in a state folder of its own and on free ports."""
