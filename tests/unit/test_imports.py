"""The direction of imports: tests, benchmarks -> regolith -> regolith_kernels -> taichi."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TAICHI = {"taichi", "quadrants"}
MAY_KERNELS_IMPORT = set(sys.stdlib_module_names) | {"numpy", "regolith_kernels"}
SLOW = {"regolith_kernels", "h5py", "pydantic", "pint", "scipy", "trimesh", "matplotlib", "typer", "rich"} | TAICHI

kernels = pytest.mark.parametrize("path", sorted((ROOT / "kernels").rglob("*.py")), ids=lambda path: path.name)
library = pytest.mark.parametrize("path", sorted((ROOT / "regolith").rglob("*.py")), ids=lambda path: path.name)


def imports(path: Path) -> set[str]:
    """Top names of everything a file imports, also inside functions; relative imports stay in their package."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names}


@kernels
def test_kernels_import_taichi_in_one_place_and_nothing_above(path):
    allowed = MAY_KERNELS_IMPORT | (TAICHI if path.name == "precision.py" else set())
    assert imports(path) <= allowed


@kernels
def test_kernels_keep_real_annotations(path):
    assert "from __future__ import annotations" not in path.read_text(encoding="utf-8")  # Taichi reads them


@library
def test_regolith_reaches_taichi_through_its_kernels_only(path):
    assert not imports(path) & (TAICHI | {"tests", "benchmarks"})


def test_importing_regolith_loads_nothing_slow_and_freezes_no_precision():
    listing = "import sys, regolith; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not set(loaded.stdout.split()) & SLOW
