"""People and programs at the player, on the real system: what honest ones lose, and what bots can steal."""
