"""What the rules of every service are built on: aggregates, refusals, a clock, who asks. No framework."""
