"""Compiles the packet path with mypyc: a hook of the wheel's build, a program for this folder.

The sources stay what they are, typed Python, and run as they stand where nothing was compiled; compiled they
take a third less of the processor (docs/performance.md). Needs a C compiler and Python's headers.
"""

import io
import shlex
import subprocess
import sys
import sysconfig
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from os import cpu_count
from pathlib import Path
from shutil import rmtree, which
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
PACKAGES = [ROOT / "quality", ROOT / "sfu"]
"""Each by itself: one that was edited runs interpreted, the other need not."""

INTERPRETED = {
    "__init__.py": "is there before anything compiled can be found",
    "tcp_port.py": "implements asyncio.Protocol",
    "interfaces.py": "runs once",
    "addresses.py": "runs once",
    "certificate.py": "runs once",
    "dtls.py": "OpenSSL does the work",
    "engine.py": "makes a copy of a module",
    "association.py": "is a subclass of aiortc's",
    "errors.py": "exceptions gain nothing",
    "drops.py": "Enum and Counter are Python's own",
    "messages.py": "is serialised by its fields' types",
    "sdp": "runs once an offer",
}


class CompileHook(BuildHookInterface):  # type: ignore[type-arg]
    """Puts the compiled modules into the wheel, which then is one for this platform and Python.

    Without a C compiler the wheel is pure Python: slower, and right.
    """

    def dependencies(self) -> list[str]:
        """What an isolated build needs: the compiler, and the types of what the sources import."""
        return ["mypy>=1.18", "setuptools", *self.metadata.core.dependencies] if can_compile() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        if not can_compile():
            self.app.display_warning("no C compiler or no Python headers: the wheel runs interpreted")
            return
        compile_packages()
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def can_compile() -> bool:
    """Whether there is what a build needs."""
    compiler = shlex.split(sysconfig.get_config_var("CC") or "")
    header = Path(sysconfig.get_path("include")) / "Python.h"
    return bool(compiler) and which(compiler[0]) is not None and header.exists()


def compiled_modules(package: Path) -> list[Path]:
    """The sources to compile, relative to the root."""
    return [
        path.relative_to(ROOT)
        for path in sorted(package.rglob("*.py"))
        if path.name not in INTERPRETED and path.relative_to(package).parts[0] not in INTERPRETED
    ]


def compile_packages() -> None:
    """Compile what is not compiled yet; what earlier builds left is removed."""
    sys.path.insert(0, str(ROOT))
    from config.native import FOLDER, digest

    for package in PACKAGES:
        output = package / FOLDER
        target = output / digest(package)
        if not target.is_dir():
            with tempfile.TemporaryDirectory() as name:
                build(package, Path(name), output / "unfinished")
            (output / "unfinished").rename(target)  # whole or not at all
        for old in output.iterdir():
            if old != target:
                rmtree(old)


def translate(package: Path, work: Path) -> list[Any]:
    """The extension modules, as C sources in `work`."""
    from mypyc.build import mypycify

    arguments = ["--config-file", str(ROOT / "pyproject.toml"), *map(str, compiled_modules(package))]
    said = io.StringIO()  # remarks on style; of interest only if it fails
    try:
        with redirect_stdout(said), redirect_stderr(said):
            extensions: list[Any] = mypycify(
                arguments, multi_file=True, target_dir=str(work), group_name=package.name
            )
    except SystemExit:
        sys.stderr.write(said.getvalue())
        raise
    return extensions


def build(package: Path, work: Path, target: Path) -> None:
    """Translate a package's modules to C in `work`, compile and link them into `target`."""
    rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    extensions = translate(package, work)
    variables = sysconfig.get_config_vars("CC", "CFLAGS", "CCSHARED", "LDSHARED")
    compiler, flags, shared, linker = (shlex.split(variable or "") for variable in variables)
    include = sysconfig.get_path("include")

    def run(command: list[str]) -> None:
        subprocess.run(command, check=True)

    with ThreadPoolExecutor(cpu_count()) as pool:
        objects: dict[str, str] = {}
        compiled = []
        for extension in extensions:
            folders = [f"-I{folder}" for folder in (include, *extension.include_dirs)]
            for source in extension.sources:
                if source not in objects:
                    objects[source] = str(work / f"{len(objects)}.o")
                    arguments = ["-w", "-g0", "-O2", *folders, "-c", source, "-o", objects[source]]
                    compiled.append(pool.submit(run, [*compiler, *flags, *shared, *arguments]))
        for done in compiled:
            done.result()
        suffix = sysconfig.get_config_var("EXT_SUFFIX")
        linked = [
            pool.submit(
                run,
                [*linker, *map(objects.__getitem__, each.sources), "-o", str(target / (each.name + suffix))],
            )
            for each in extensions
        ]
        for done in linked:
            done.result()


if __name__ == "__main__":
    if can_compile():
        compile_packages()
    else:
        sys.stderr.write("no C compiler or no Python headers: Sfumato will run interpreted\n")
