"""Whether there is room for something more on a disk, without making it full for others."""

import shutil
from pathlib import Path
from typing import Final

SPARE_BYTES: Final = 16 * 1024 * 1024


def has_room(folder: Path, size_bytes: int) -> bool:
    """Whether so much may be written there. Raises OSError."""
    return shutil.disk_usage(folder).free >= size_bytes + SPARE_BYTES
