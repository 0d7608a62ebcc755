"""Remote control of what somebody shares: asking, granting, input, and the pairing of agents."""
