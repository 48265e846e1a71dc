"""Who uses a run directory: a lock file that outlives its owner's death harmlessly.

Whether an owner on this machine lives, the system tells. One on another machine, which shares the disk, touches its
locks now and then, and is taken for dead after a long silence.
"""

import contextlib
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from regolith.errors import InUse
from regolith.output.atomic import reporting

LOCK_NAME = "run.lock"
BEAT = 15.0  # wall time between two touches of a lock by its owner [s]
SILENCE = 240.0  # after which an owner on another machine counts as dead; compiling kernels may keep one silent [s]

_held: set[Path] = set()  # locks of this process
_beating = threading.Lock()  # is locked once the thread that touches them runs


@dataclass(frozen=True)
class Owner:
    """A process, told apart from a later one with the same number by its start."""

    pid: int
    host: str
    start: str | None  # of the process; None where the system does not tell

    @classmethod
    def this_process(cls) -> "Owner":
        """Who is running."""
        return cls(os.getpid(), socket.gethostname(), _start_of(os.getpid()))

    def is_alive(self) -> bool:
        """Whether the process may still run; a process on another host, or of an unknown system, counts as alive."""
        if self.host != socket.gethostname() or os.name != "posix":
            return True  # os.kill would end the process on Windows
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # alive, of another user
        start = _start_of(self.pid)
        return start is None or self.start is None or start == self.start


def acquire(folder: Path) -> None:
    """Locks `folder` for this process, taking over the lock of a dead one.

    Raises:
        InUse: A living process holds it (says which).
        OutputError: The disk refused.
    """
    path = folder / LOCK_NAME
    with reporting(path, "lock the run directory"):
        while not _try_create(path):
            owner = _read(path)
            if owner is not None and owner.is_alive() and not _is_silent(path, owner):
                raise InUse(_held_message(folder, owner))
            _remove_stale(path, owner)
    _held.add(path.absolute())
    if _beating.acquire(blocking=False):
        threading.Thread(target=_beat, daemon=True).start()


def release(folder: Path) -> None:
    """Gives the lock back, if this process holds it."""
    path = folder / LOCK_NAME
    _held.discard(path.absolute())
    if _read(path) == Owner.this_process():
        with contextlib.suppress(OSError):
            path.unlink()


def owner_of(folder: Path) -> Owner | None:
    """The living process that holds the lock of `folder`; None if there is none."""
    owner = _read(folder / LOCK_NAME)
    return owner if owner is not None and owner.is_alive() else None


@contextlib.contextmanager
def held(folder: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Holds the lock of `folder`, after as long a wait as it takes.

    Args:
        folder: Which.
        waiting: Called now and then while another process holds it; may raise to give up.

    Raises:
        OutputError: The disk refused.
    """
    while True:
        try:
            acquire(folder)
            break
        except InUse:
            waiting()
            time.sleep(0.2)
    try:
        yield
    finally:
        release(folder)


def _held_message(folder: Path, owner: Owner) -> str:
    if owner == Owner.this_process():
        return f"{folder}: this process already uses the run directory. Close it first, or choose another --out."
    message = f"{folder}: the run directory is in use by process {owner.pid} on {owner.host}."
    if owner.host != socket.gethostname():
        return (
            f"{message} Wait for it or choose another --out; if it has ended, its lock gives way {SILENCE:g} s after "
            f"its last sign of life, or delete {folder / LOCK_NAME}."
        )
    return f"{message} Wait for it, stop it, or choose another --out."


def _beat() -> None:
    """Shows for as long as this process lives that it does.

    One that was stopped for so long that another machine took its directory over ends here: two would write in it.
    """
    while True:
        time.sleep(BEAT)
        me = Owner.this_process()
        for path in list(_held):
            owner = _read(path)
            if owner == me:
                with contextlib.suppress(OSError):
                    os.utime(path)
            elif owner is not None and owner.host != me.host:
                os.write(2, f"regolith: {path.parent}: {owner.host} has taken it over; this process ends\n".encode())
                os._exit(InUse.exit_code)


def _is_silent(path: Path, owner: Owner) -> bool:
    """Whether an owner on another machine has not touched its lock for long, by the clock of the disk."""
    if owner.host == socket.gethostname():
        return False
    probe = path.with_name(f".{LOCK_NAME}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):  # of the lock: it was given back just now
        probe.touch()
        try:
            return probe.stat().st_mtime - path.stat().st_mtime > SILENCE
        finally:
            probe.unlink()
    return False


def _try_create(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    except FileExistsError:
        return False
    try:
        os.write(handle, json.dumps(asdict(Owner.this_process())).encode())
    except OSError:
        path.unlink()
        raise
    finally:
        os.close(handle)
    return True


def _read(path: Path) -> Owner | None:
    for _ in range(10):  # another process may be between making the file and filling it
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return Owner(int(content["pid"]), str(content["host"]), content["start"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            time.sleep(0.02)
    return None


def _remove_stale(path: Path, owner: Owner | None) -> None:
    """Removes the lock of `owner`, unless another process has been quicker and holds a new one."""
    aside = path.with_name(f".{LOCK_NAME}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        os.rename(path, aside)  # of several processes that do this, one succeeds
        if _read(aside) != owner:
            os.rename(aside, path)
        else:
            aside.unlink()


def _start_of(pid: int) -> str | None:
    """When a process started, in whatever form the system tells it; "dead" for one that only waits to be buried."""
    try:
        # The name, in brackets, may hold anything; the state is the 3rd field, the start [ticks since boot] the 22nd.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
        return "dead" if fields[0] in "ZX" else f"{boot} {fields[19]}"
    except (OSError, IndexError):
        pass
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        command = ["ps", "-o", "lstart=", "-p", str(pid)]
        return subprocess.run(command, capture_output=True, text=True, timeout=2, check=True).stdout.strip() or None
    return None
