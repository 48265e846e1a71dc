"""Where the shipped data lies and where caches go."""

import os
from pathlib import Path


def data_dir() -> Path:
    """Folder of the shipped soils, missions and reference values: in the wheel, or in a checkout."""
    packaged = Path(__file__).parent / "_data"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "data"


def cache_dir() -> Path:
    """Folder of settled beds and compiled kernels; `REGOLITH_CACHE` moves it."""
    root = os.environ.get("REGOLITH_CACHE")
    if root:
        return Path(root)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "regolith"
