"""The one place that starts Taichi: backend, threads and precision of this process."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from regolith.errors import ConfigError
from regolith.paths import cache_dir

ARCHS = ("cpu", "gpu", "cuda", "vulkan", "metal")
STALE_LOCK = 600.0  # a compile cache locked for longer than this [s] was left by a killed process

_started: dict[str, Any] = {}


def start(arch: str = "cpu", threads: int | None = None, precision: str = "mixed") -> dict[str, Any]:
    """Start Taichi once per process; a second call with the same wishes changes nothing.

    Args:
        arch: "cpu", "gpu" (the best there is), "cuda", "vulkan" or "metal".
        threads: CPU threads; None takes the cores that this process may use.
        precision: "mixed" (positions and velocities f64, the rest f32) or "f64". Frozen at the first import of the
            kernels: a process has one.

    Returns:
        What runs: arch, threads, precision, taichi version.

    Raises:
        ConfigError: Unknown arch or precision, a backend that is not there, or wishes that differ from the first ones.
    """
    check_wishes(arch, threads, precision)
    wish = {"arch": arch, "threads": threads or cores(), "precision": precision}
    if _started:
        if any(_started[k] != v for k, v in wish.items()):
            raise ConfigError(
                f"Taichi already runs with {_started}: a process has one backend and precision; "
                f"start a new process for {wish}"
            )
        return _started
    if "regolith_kernels.precision" in sys.modules and precision != sys.modules["regolith_kernels.precision"].PRECISION:
        raise ConfigError(
            f"precision = {precision!r}: the kernels were imported with another one; call "
            "regolith.start(precision=...) before anything else"
        )
    os.environ["REGOLITH_PRECISION"] = precision
    _init(wish)
    _started.update(wish)
    return _started


def started() -> dict[str, Any]:
    """What runs in this process; starts with the defaults if nothing does."""
    return _started or start(precision=os.environ.get("REGOLITH_PRECISION", "mixed"))


def cores() -> int:
    """Cores that this process may use; Taichi itself would take all of a shared node."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def peak_memory() -> float:
    """Most memory that this process has held so far [bytes]; NaN where the system does not tell (Windows)."""
    if sys.platform == "win32":
        return float("nan")
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)


def check_wishes(arch: str, threads: int | None, precision: str) -> None:
    """What can be told without starting Taichi.

    Raises:
        ConfigError: Unknown arch or precision, Metal, or less than one thread.
    """
    if arch not in ARCHS:
        raise ConfigError(f"arch = {arch!r}: must be one of {', '.join(ARCHS)}")
    if arch == "metal":
        raise ConfigError("arch = 'metal': Metal has no 64-bit numbers, which positions need; use cpu")
    if threads is not None and threads < 1:
        raise ConfigError(f"threads = {threads}: must be 1 or more")
    if precision not in ("mixed", "f64"):
        raise ConfigError(f"precision = {precision!r}: must be 'mixed' or 'f64'")


def _init(wish: dict[str, Any]) -> None:
    from regolith_kernels.precision import real, ti

    _tell_positions_cheaply()
    cache = cache_dir() / "kernels"
    with suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
    cached = os.access(cache, os.W_OK)  # without a cache the kernels compile anew, nothing else
    _drop_stale_lock(cache)
    before = _own_threads()
    with _quiet():
        ti.init(
            arch=getattr(ti, wish["arch"]),
            default_fp=real,
            cpu_max_num_threads=wish["threads"],
            offline_cache=cached,
            offline_cache_file_path=str(cache),
            log_level=ti.ERROR,
        )
    if wish["arch"] != "cpu" and on_cpu():
        raise ConfigError(f"arch = {wish['arch']!r}: no such device here; use --arch cpu")
    if wish["threads"] > 1 and on_cpu():
        _place_workers(_own_threads() - before, wish["threads"])


def _tell_positions_cheaply() -> None:
    """Let Taichi name a place in the source by its line alone.

    Taichi 1.7.4 makes such a text for every expression of every kernel in case of an error there, with carets under the
    expression: half of the time that a kernel from the cache takes to be ready (measured, benchmarks/NOTES.md).
    """
    from regolith_kernels.precision import ti

    def position(self: Any, node: Any) -> str:
        place = f'File "{self.file}", line {node.lineno + self.lineno_offset}, in {self.func.func.__name__}:'
        return f"{place}\n{self.src[node.lineno - 1].rstrip()}\n"

    ti.lang.ast.ast_transformer_utils.ASTTransformerContext.get_pos_info = position


def _own_threads() -> set[int]:
    """Threads of this process; none where the system does not tell."""
    try:
        return {int(name) for name in os.listdir("/proc/self/task")}
    except OSError:
        return set()


def _place_workers(new: set[int], threads: int) -> None:
    """Give each of Taichi's workers a core of its own, if together they have all the cores that this process may use.

    Linux may wake all of them on one core and move them apart only some milliseconds later: a kernel of a millisecond
    gains nothing from a second thread then (measured, benchmarks/NOTES.md). With cores to spare it is left to Linux:
    other processes would be placed on the same ones.
    """
    if not hasattr(os, "sched_setaffinity") or threads != cores() or len(new) < threads:
        return
    workers = sorted(new)[-threads:]  # those of the pool are started last
    for worker, core in zip(workers, sorted(os.sched_getaffinity(0)), strict=True):
        with suppress(OSError):  # it has ended, or the system forbids it: slower, nothing else
            os.sched_setaffinity(worker, {core})


def on_cpu() -> bool:
    """Whether Taichi computes on a CPU."""
    from regolith_kernels.precision import ti

    return ti.lang.impl.current_cfg().arch in (ti.x64, ti.arm64)


def _drop_stale_lock(cache: os.PathLike[str]) -> None:
    """A killed process leaves Taichi's cache locked, and nobody would save kernels again."""
    for folder, _, names in os.walk(cache):
        for name in names:
            path = os.path.join(folder, name)
            if name.endswith(".lock") and _age(path) > STALE_LOCK:
                with suppress(OSError):  # another process may have been faster
                    os.unlink(path)


def _age(path: str) -> float:
    try:
        return time.time() - os.path.getmtime(path)
    except OSError:
        return 0.0


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Taichi's greeting, printed by native code, off standard output."""
    sys.stdout.flush()
    kept = os.dup(1)
    with open(os.devnull, "w") as null:
        os.dup2(null.fileno(), 1)
        try:
            yield
        finally:
            sys.stdout.flush()
            os.dup2(kept, 1)
            os.close(kept)
