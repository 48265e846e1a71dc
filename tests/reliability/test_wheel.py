"""The wheel works on its own: installed elsewhere, without the checkout, it finds its data and its command."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """Folder into which the freshly built wheel was installed, without its dependencies."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT]
    subprocess.run(build, check=True)
    (wheel,) = folder.glob("regolith_dem-*.whl")
    subprocess.run([*PIP, "install", "--no-deps", "--target", folder / "site", wheel], check=True)
    return folder / "site"


def run(installed: Path, *arguments: str | Path) -> str:
    """Run Python on the installed wheel and give its output; dependencies come from this environment.

    `-S` skips the environment's .pth files, through which an editable install would bring the checkout back.
    """
    dependencies = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(installed), *sorted(dependencies)])}
    done = subprocess.run(
        [sys.executable, "-S", *arguments], capture_output=True, text=True, cwd=installed.parent, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_everything_comes_from_the_installed_folder(installed):
    show = "import regolith.paths as p, regolith_kernels as k; print(p.data_dir(), *k.__path__, sep='\\n')"
    for line in run(installed, "-c", show).splitlines():
        assert Path(line).is_relative_to(installed)


def test_command_finds_a_shipped_soil(installed):
    assert run(installed, installed / "bin" / "regolith", "info", "chang-e-5").strip()


def test_packages_say_that_they_are_typed(installed):
    for package in ("regolith", "regolith_kernels"):
        assert (installed / package / "py.typed").is_file()


def test_shipped_data_is_complete(installed):
    checkout = {path.relative_to(ROOT / "data") for path in (ROOT / "data").rglob("*.toml")}
    shipped = installed / "regolith" / "_data"
    assert {path.relative_to(shipped) for path in shipped.rglob("*.toml")} == checkout
