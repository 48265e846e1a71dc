"""HDF5 files that survive the death of their writer and a full disk.

HDF5 alone does not survive: it writes its tables in order of address, so a process killed within a flush leaves frames
that are announced but not there, and an append to a full disk may leave a file that no longer opens. Here HDF5 writes
to a `_Canvas`: bytes beyond the old end go straight to the disk, where the old file does not see them; bytes that
replace old ones wait in memory. When HDF5 has closed, they are first saved in a journal beside the file, then put in
place; a journal found later is replayed. So an append is done wholly or not at all, and a kill at any moment does no
harm. A power cut may: only `created` waits for the disk, an append does not. No lock is taken, so a viewer that has the
file open does not stop a run.
"""

import contextlib
import hashlib
import io
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import h5py
import numpy as np

from regolith.errors import OutputError
from regolith.output.atomic import replacing, write_all

_PAGE = 512
_BINARY = getattr(os, "O_BINARY", 0)  # Windows would otherwise translate line ends
_SEAL = b"RGLTHSHA"
_MAGIC = b"RGLTHJ01"
_HEADER = struct.Struct("<8sqqI")  # magic, final size of the file, pages, checksum of the rest
_INDEX = struct.Struct("<q")
_RECORD = _INDEX.size + _PAGE


class _Canvas(io.RawIOBase):
    """The file as HDF5 sees it during a transaction. Never raises on a write: the first error waits in `error`.

    (An error inside HDF5's own close would leave a half-closed file that HDF5 tries to write again at exit.)
    """

    def __init__(self, handle: int, journal: "_Journal | None" = None) -> None:
        self._handle = handle
        self._base = os.fstat(handle).st_size
        self._size = journal.size if journal else self._base
        self._pages = journal.pages if journal else {}
        self._position = 0
        self.error: OSError | None = None

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._position = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        start, stop = self._position, self._position + len(view)
        data = self._on_disk(start, len(view))
        for page in range(start // _PAGE, -(-min(stop, self._base) // _PAGE)):
            if page in self._pages:
                low, high = max(start, page * _PAGE), min(stop, self._base, (page + 1) * _PAGE)
                data[low - start : high - start] = self._pages[page][low - page * _PAGE : high - page * _PAGE]
        view[:] = data
        self._position = stop
        return len(view)

    def write(self, data: object) -> int:
        view = memoryview(data).cast("B")  # type: ignore[arg-type]
        start, stop = self._position, self._position + len(view)
        split = min(max(self._base - start, 0), len(view))
        if split:
            self._write_old(start, view[:split])
        if split < len(view) and self.error is None:
            try:
                write_all(self._handle, view[split:], start + split)
            except OSError as error:
                self.error = error
        self._position = stop
        self._size = max(self._size, stop)
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        self._size = self._position if size is None else size
        return self._size

    def flush(self) -> None:
        """Nothing to do: `commit` decides what reaches the file."""

    def _on_disk(self, start: int, count: int) -> bytearray:
        os.lseek(self._handle, start, os.SEEK_SET)
        data = bytearray()
        while len(data) < count and (part := os.read(self._handle, count - len(data))):
            data += part
        return data.ljust(count, b"\0")

    def _write_old(self, start: int, view: memoryview) -> None:
        stop = start + len(view)
        for page in range(start // _PAGE, -(-stop // _PAGE)):
            first = page * _PAGE
            if page not in self._pages:
                self._pages[page] = self._on_disk(first, _PAGE)
            low, high = max(start, first), min(stop, first + _PAGE)
            self._pages[page][low - first : high - first] = view[low - start : high - start]

    def commit(self, path: Path) -> None:
        """Puts everything in place.

        Raises:
            OSError: The disk refused. The file is as it was before (or a journal will complete it).
        """
        if self.error is not None:
            raise self.error
        # The page at the old end reaches past it, onto bytes already written straight to the disk: keep those.
        last = self._base // _PAGE
        if last in self._pages:
            kept = self._base - last * _PAGE
            self._pages[last][kept:] = self._on_disk(last * _PAGE, _PAGE)[kept:]
        os.ftruncate(self._handle, max(self._size, self._base))
        if self._pages or self._size < self._base:
            journal = _Journal(self._size, self._pages)
            journal.write(journal_of(path))
            journal.apply(self._handle)
            journal_of(path).unlink()

    def abandon(self, path: Path) -> None:
        """Takes back what was written beyond the old end, unless a complete journal says that the append counts."""
        if not journal_of(path).exists():
            with contextlib.suppress(OSError):
                os.ftruncate(self._handle, self._base)


def journal_of(path: Path) -> Path:
    """Where the journal of `path` lies while an append is put in place."""
    return path.with_name(f"{path.name}.journal")


@dataclass(frozen=True)
class _Journal:
    """What an append changes below the old end of a file: the final size [bytes] and pages by their number."""

    size: int
    pages: dict[int, bytearray]

    def write(self, path: Path) -> None:
        body = b"".join(_INDEX.pack(page) + content for page, content in sorted(self.pages.items()))
        temporary = path.with_name(f".{path.name}.tmp")
        try:
            temporary.write_bytes(_HEADER.pack(_MAGIC, self.size, len(self.pages), zlib.crc32(body)) + body)
            os.replace(temporary, path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise

    def apply(self, handle: int) -> None:
        # In runs of neighbours: the fewer writes, the shorter the moment in which a kill leaves work to the journal.
        numbers = np.array(sorted(self.pages), dtype=np.int64)
        for run in np.split(numbers, np.flatnonzero(np.diff(numbers) != 1) + 1):
            content = b"".join(self.pages[int(page)] for page in run)
            start = int(run[0]) * _PAGE if len(run) else 0
            # Never past the final size: those bytes might not fit on the disk any more.
            write_all(handle, content[: max(self.size - start, 0)], start)
        os.ftruncate(handle, self.size)

    @staticmethod
    def read(path: Path) -> "_Journal | None":
        """The journal at `path`, or None if there is none or (after a power cut) only a part of one."""
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        body = content[_HEADER.size :]
        if len(content) < _HEADER.size:
            return None
        magic, size, count, checksum = _HEADER.unpack_from(content)
        if magic != _MAGIC or len(body) != count * _RECORD or zlib.crc32(body) != checksum:
            return None
        records = [body[k : k + _RECORD] for k in range(0, len(body), _RECORD)]
        return _Journal(size, {_INDEX.unpack_from(record)[0]: bytearray(record[_INDEX.size :]) for record in records})


def _digest(handle: int, size: int) -> bytes:
    """SHA-256 of the first `size` bytes."""
    os.lseek(handle, 0, os.SEEK_SET)
    digest = hashlib.sha256()
    while size > 0 and (part := os.read(handle, min(size, 1 << 20))):
        digest.update(part)
        size -= len(part)
    return digest.digest()


def recover(path: Path) -> None:
    """Completes an append whose writer was killed while putting it in place, so that any other program can read it.

    Only for who may write: a living writer must be ruled out.

    Raises:
        OSError: The disk refused.
    """
    if journal_of(path).exists():
        handle = os.open(path, os.O_RDWR | _BINARY)
        try:
            journal = _Journal.read(journal_of(path))
            if journal is not None:
                journal.apply(handle)
        finally:
            os.close(handle)
        journal_of(path).unlink()


@contextlib.contextmanager
def created(path: Path, *, sealed: bool = False, ordered: bool = False) -> Iterator[h5py.File]:
    """Yields a new, empty HDF5 file that takes the place of `path` when the body ends without an error.

    Args:
        path: The file.
        sealed: End the file with a checksum of all its bytes, for `check_seal`. HDF5 ignores what follows its own end.
        ordered: List what the file holds in the order of its making rather than by name.

    Raises:
        OSError: The disk refused; what `path` held before is untouched.
    """
    with replacing(path) as handle:
        canvas = _Canvas(handle)
        with h5py.File(cast(IO[bytes], canvas), "w", track_order=ordered) as file:
            yield file
        canvas.commit(path)
        if sealed:
            size = os.fstat(handle).st_size
            write_all(handle, _SEAL + _digest(handle, size), size)
        journal_of(path).unlink(missing_ok=True)  # of a file that is about to be replaced


def check_seal(path: Path) -> bool:
    """Whether every byte of a sealed file is as it was written. Ask before HDF5 does: damage may hang it for good."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size - len(_SEAL) - hashlib.sha256().digest_size
        if size <= 0:
            return False
        file.seek(size)
        return file.read() == _SEAL + _digest(file.fileno(), size)


@contextlib.contextmanager
def appended(path: Path) -> Iterator[h5py.File]:
    """Yields the HDF5 file `path` for changes, which are kept as a whole when the body ends without an error.

    Raises:
        OSError: The disk refused; the file is as it was before.
        OutputError: The file is not readable as HDF5.
    """
    recover(path)
    handle = os.open(path, os.O_RDWR | _BINARY)
    try:
        canvas = _Canvas(handle)
        try:
            with _opened(path, canvas, "r+") as file:
                yield file
            canvas.commit(path)
        except BaseException:
            canvas.abandon(path)
            raise
    finally:
        os.close(handle)


@contextlib.contextmanager
def readable(path: Path) -> Iterator[h5py.File]:
    """Yields the HDF5 file `path` for reading. Changes nothing on the disk, so a live run may go on meanwhile.

    Raises:
        OSError: The file is missing or may not be read.
        OutputError: The file is not readable as HDF5.
    """
    handle = os.open(path, os.O_RDONLY | _BINARY)
    try:
        with _opened(path, _Canvas(handle, _Journal.read(journal_of(path))), "r") as file:
            yield file
    finally:
        os.close(handle)


@contextlib.contextmanager
def _opened(path: Path, canvas: _Canvas, mode: str) -> Iterator[h5py.File]:
    advice = "Move it away and repeat the run with another --out."
    try:
        file = h5py.File(cast(IO[bytes], canvas), mode)
    except (OSError, RuntimeError) as error:
        raise OutputError(f"{path}: is damaged, or no HDF5 file ({error}). {advice}") from error
    try:
        with file:
            yield file
    except (KeyError, RuntimeError) as error:
        raise OutputError(f"{path}: is damaged, or not written by regolith ({error}). {advice}") from error
