"""What is wrong with the settings, said so that the reader can put it right."""

from collections.abc import Sequence


class SettingsError(Exception):
    """The settings cannot be used. `problems` holds one line each: source, setting, what is wrong."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
