"""Death at a failpoint."""

import os
import signal


class Dies:
    """Kills this process at a failpoint."""

    def __init__(self, where: str, count: int) -> None:
        self._where = where
        self._left = count

    def before_commit(self) -> None:
        self._pass("before_commit")

    def after_commit(self) -> None:
        self._pass("after_commit")

    def _pass(self, where: str) -> None:
        if where == self._where:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
