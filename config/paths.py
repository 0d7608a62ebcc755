"""Names of files and folders in settings. Whether they are there is found out by who opens them."""


def check_path(given: object) -> object:
    """What is given, unless it is a text that names nothing. Raises ValueError."""
    if isinstance(given, str) and (not given or "\0" in given):
        raise ValueError("should be a path")
    return given
