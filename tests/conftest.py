"""What every test shares: a cache of its own for beds, compiled kernels kept from session to session."""

import os
import tempfile
from pathlib import Path

import pytest


def _make_cache() -> tempfile.TemporaryDirectory[str]:
    """Beds are made anew in every session; kernels are found by their own code, so old ones do no harm."""
    kept = Path(tempfile.gettempdir()) / f"regolith-test-kernels-{os.getuid()}"
    kept.mkdir(exist_ok=True)
    cache = tempfile.TemporaryDirectory(prefix="regolith-test-")
    (Path(cache.name) / "kernels").symlink_to(kept, target_is_directory=True)
    return cache


if "REGOLITH_CACHE" not in os.environ:
    _cache = _make_cache()
    os.environ["REGOLITH_CACHE"] = _cache.name


@pytest.fixture(params=["mixed", "f64"])
def precision(request) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def figures():
    """Figures of a group of cases: `figures("impacts", "f64")`. Both precisions run side by side, each once."""
    from tests.verification.runner import Figures

    with Figures() as runs:
        yield runs


@pytest.fixture(scope="session")
def reference(tmp_path_factory) -> Path:
    """Run directory of the tiny mission, run by the command line on one thread, undisturbed. Not to be changed."""
    from tests.mission.tiny import call, run_words

    folder = tmp_path_factory.mktemp("reference") / "run"
    done = call(*run_words(folder), "--threads", 1)
    assert done.returncode == 0, done.stderr
    return folder
