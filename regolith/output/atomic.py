"""Files that are replaced as a whole or not at all, and the messages for a disk that refuses."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from regolith.errors import OutputError

_REMEDIES = {
    errno.ENOSPC: "Free space on that disk",
    errno.EDQUOT: "Free space in your quota",
    errno.EFBIG: "Raise the limit on file sizes (`ulimit -f`)",
    errno.EACCES: "Make the folder writable for you, or choose another --out",
    errno.EPERM: "Make the folder writable for you, or choose another --out",
    errno.EROFS: "That disk is read-only: choose another --out",
    errno.ENOTDIR: "A file lies where a folder is needed: choose another --out",
    errno.EEXIST: "A file lies where a folder is needed: choose another --out",
    errno.ENOENT: "Was the run directory moved or deleted? Put it back, or choose another --out",
}


def output_error(path: Path, doing: str, error: OSError, safe: str = "") -> OutputError:
    """The one message about a file that cannot be written.

    Args:
        path: The file or folder concerned.
        doing: What was being done, to follow "cannot".
        error: What the system said.
        safe: What is already safe on the disk, as a full sentence.

    Returns:
        The error to raise, with path, reason, what is safe and what to do.
    """
    reason = error.strerror or str(error)
    remedy = _REMEDIES.get(error.errno or 0, "Check the disk and its permissions")
    return OutputError(" ".join(filter(None, [f"{path}: cannot {doing}: {reason}.", safe, f"{remedy}."])))


@contextlib.contextmanager
def reporting(path: Path, doing: str, safe: str = "") -> Iterator[None]:
    """Turns an `OSError` of the body into an `OutputError` that names `path`."""
    try:
        yield
    except OSError as error:
        raise output_error(path, doing, error, safe) from error


def sync_folder(folder: Path) -> None:
    """Makes a rename in `folder` last through a power cut; does nothing where folders cannot be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[int]:
    """Yields the descriptor of a new file that takes the place of `path` at the end, or vanishes if the body raises.

    Raises:
        OSError: The disk refused; what `path` held before is untouched.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    handle = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o666)
    try:
        try:
            yield handle
            os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_all(handle: int, data: bytes | bytearray | memoryview, position: int) -> None:
    """Writes all of `data` at `position`; the system may take it in several parts."""
    rest = memoryview(data)
    while rest:
        os.lseek(handle, position, os.SEEK_SET)
        done = os.write(handle, rest)
        rest, position = rest[done:], position + done


def write_text(path: Path, text: str, safe: str = "") -> None:
    """Replaces the text of `path` (UTF-8) at once.

    Raises:
        OutputError: The disk refused; the old text is still there.
    """
    with reporting(path, "write", safe), replacing(path) as handle:
        write_all(handle, text.encode(), 0)
