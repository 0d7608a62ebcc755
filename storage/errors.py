"""What stops a start; what may happen later is in `datachannels.repositories`."""


class BadDatabase(Exception):
    """The database cannot be used: its URL, its settings, or a schema newer than this program."""
