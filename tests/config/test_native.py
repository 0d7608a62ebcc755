import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from config.native import FOLDER, SUFFIX, digest

MODULE = """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "packet", NULL, 0, NULL, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_packet(void) {
    PyObject *made = PyModule_Create(&module);
    PyModule_AddStringConstant(made, "ORIGIN", "compiled");
    return made;
}
"""
PROGRAM = "from path import NATIVE, packet; print(NATIVE, packet.ORIGIN)"


def run(folder: Path, **environment: str) -> str:
    """What a program says that imports the package `path` from `folder`."""
    root = str(Path(__file__).resolve().parents[2])
    inherited = {name: value for name, value in os.environ.items() if name != "SFUMATO_PURE"}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=folder,
        env={**inherited, "PYTHONPATH": root, **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


@pytest.fixture(name="folder")
def package_with_a_compiled_module(tmp_path: Path) -> Path:
    """A package `path` of one module, compiled by hand, which says which of its two forms is running."""
    package = tmp_path / "path"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from pathlib import Path\nfrom config.native import use_native\n"
        "NATIVE = use_native(Path(__file__).parent)\nfrom path import packet\n"
    )
    (package / "packet.py").write_text("ORIGIN = 'source'\n")
    compiled = package / FOLDER / digest(package)
    compiled.mkdir(parents=True)
    source = tmp_path / "packet.c"
    source.write_text(MODULE)
    include = sysconfig.get_path("include")
    output = compiled / f"path.packet{SUFFIX}"
    subprocess.run(["cc", "-shared", "-fPIC", f"-I{include}", str(source), "-o", str(output)], check=True)
    return tmp_path


def test_what_was_compiled_of_these_sources_runs(folder: Path) -> None:
    assert run(folder) == "True compiled"


def test_an_edited_source_runs_instead_of_what_was_compiled_before(folder: Path) -> None:
    with (folder / "path" / "packet.py").open("a") as source:
        source.write("ORIGIN = 'edited'\n")
    assert run(folder) == "False edited"


def test_a_module_more_or_less_makes_other_sources(folder: Path) -> None:
    package = folder / "path"
    before = digest(package)
    (package / "more.py").write_text("")
    assert digest(package) != before
    (package / "more.py").unlink()
    assert digest(package) == before


def test_the_sources_run_where_that_is_asked_for(folder: Path) -> None:
    assert run(folder, SFUMATO_PURE="1") == "False source"


def test_the_sources_run_where_nothing_was_compiled(folder: Path) -> None:
    shutil.rmtree(folder / "path" / FOLDER)
    assert run(folder) == "False source"
