"""Tissue that was computed before, kept under the hash of all that it was computed from.

The glandular tissue of a breast is most of the work on an exam and is the same whatever unit images her,
whatever goes wrong, and whatever is found in her. What is kept are compressed bytes with their own hash:
nothing in them is ever run, and what was damaged is computed anew.
"""

import hashlib
import os
import shutil
import tempfile
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_MOST = 2 << 30  # bytes: some sixty women at the size for a class
_DIGEST = 32  # bytes before the compressed ones
_HALF = ".half-"


@dataclass(frozen=True)
class Cache:
    """A private folder of grids, which several processes may use at once.

    Attributes
    ----------
    folder
        Made at the first `put`; what cannot be read or written there is computed, and that is all.
    version
        Of the rules by which grids are computed: another finds nothing of this one's.
    most
        Bytes, and never more than a quarter of what the disk has besides; beyond them goes what was not
        used for the longest time.
    """

    folder: Path
    version: int
    most: int = _MOST

    def key(self, parts: Sequence[np.ndarray]) -> str:
        """Name what is computed from these arrays: a hash of their shapes, types and values."""
        digest = hashlib.sha256(str(self.version).encode())
        for part in parts:
            digest.update(f"|{part.dtype.str}{part.shape}|".encode())
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()

    def get(self, key: str, shape: tuple[int, ...]) -> np.ndarray | None:
        """Give a grid of bytes of this shape; None where it is not there, or not whole."""
        path = self.folder / key
        try:
            kept = path.read_bytes()
            packed = memoryview(kept)[_DIGEST:]
            if hashlib.sha256(packed).digest() != kept[:_DIGEST]:
                return None
            plain = zlib.decompressobj().decompress(packed, max_length=int(np.prod(shape)) + 1)
            os.utime(path)  # what is used stays
            return np.frombuffer(plain, np.uint8).reshape(shape).copy()  # compiled code takes no other kind
        except (OSError, ValueError, zlib.error):
            return None

    def put(self, key: str, grid: np.ndarray) -> None:
        """Keep a grid of bytes; where there is no room for it, do not."""
        packed = zlib.compress(grid.astype(np.uint8).tobytes(), level=1)
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, beside = tempfile.mkstemp(prefix=_HALF, dir=self.folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(hashlib.sha256(packed).digest() + packed)
                Path(beside).replace(self.folder / key)
            except OSError:
                Path(beside).unlink(missing_ok=True)
                raise
            self._bound()

    def _bound(self) -> None:
        """Drop what was not used for the longest time, and what one that was killed left, as it ages."""
        found = []
        for path in self.folder.iterdir():
            with suppress(FileNotFoundError):  # another process drops, too
                status = path.stat()
                found.append((status.st_mtime_ns, status.st_size, path))
        held = sum(size for _, size, _ in found)
        room = min(self.most, (shutil.disk_usage(self.folder).free + held) // 4)
        for _, size, path in sorted(found, reverse=True):
            room -= size
            if room < 0:
                path.unlink(missing_ok=True)
