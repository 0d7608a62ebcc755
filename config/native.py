"""Uses the compiled build of a package where there is one of exactly these sources.

`hatch_build.py` compiles the modules a packet passes and puts them into ``_native/DIGEST`` of their package,
DIGEST being that of all its Python sources. So what runs is always what is written: after an edit, or on
another Python, the sources themselves run until they are compiled anew. SFUMATO_PURE=1 runs them in any
case.
"""

import os
import sys
from collections.abc import Sequence
from hashlib import sha256
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

FOLDER = "_native"
SUFFIX = EXTENSION_SUFFIXES[0]


def digest(package: Path) -> str:
    """Of the names and contents of all Python sources of `package`, a folder."""
    seen = sha256()
    for path in sorted(package.rglob("*.py")):
        seen.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return seen.hexdigest()[:20]


class NativeModules:
    """A finder of compiled modules by their full names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names = frozenset(path.name.removesuffix(SUFFIX) for path in folder.glob(f"*{SUFFIX}"))

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As `importlib.abc.MetaPathFinder`."""
        del path, target
        if name not in self._names:
            return None
        return spec_from_file_location(name, self._folder / f"{name}{SUFFIX}")


def use_native(package: Path) -> bool:
    """Let imports find the compiled modules of `package`; whether there are any."""
    folder = package / FOLDER / digest(package)
    if os.environ.get("SFUMATO_PURE") or not folder.is_dir():
        return False
    sys.meta_path.insert(0, NativeModules(folder))
    return True
