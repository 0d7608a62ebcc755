"""Settings: defaults, a TOML file, the environment and flags, read once at start and passed in."""
