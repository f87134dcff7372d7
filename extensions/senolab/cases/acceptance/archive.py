"""Whether an archive that receives an exam keeps every pixel and value: dcmtk's, on this machine alone."""

import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pydicom

from senolab.cases.scales import Scale
from senolab.cases.vendors import VENDORS

from .cost import made
from .rows import Row, not_measured
from .running import Piece

_PATIENCE = 60  # seconds for the sender to come
_LONGEST = 600  # seconds for all objects to come
_PROGRAMS = ("storescu", "storescp")


def pieces(count: int, scale: Scale) -> list[Piece]:
    """List what is sent: an exam of each vendor, and no more than women were asked for."""
    return [Piece(f"archive-{key}", exchanged, (key, scale.name)) for key in list(VENDORS)[:count]]


def exchanged(vendor: str, scale: str) -> dict[str, Any]:
    """Make an exam, send it away, and compare what has come with what was sent."""
    if not all(map(shutil.which, _PROGRAMS)):
        return {"sent": None}
    with tempfile.TemporaryDirectory(prefix="senolab-accept-") as folder:
        made(vendor, scale, Path(folder) / "exam")
        sent = sorted((Path(folder) / "exam").rglob("*.dcm"))
        kept = Path(folder) / "kept"
        kept.mkdir()
        send(sent, kept)
        return {"sent": len(sent), "changed": changed(sent, kept)}


def send(objects: list[Path], folder: Path) -> None:
    """Let ``storescu`` send objects to a ``storescp`` that writes into a folder.

    The archive gets its one connection ready-made, since by itself it would listen to every host.

    Raises
    ------
    ValueError
        If the sender does not come or is refused; with its last words.
    """
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(_PATIENCE)
        to = ("127.0.0.1", str(door.getsockname()[1]))
        words = ["storescu", "--propose-jls-lossless", "--required", *to, *map(str, objects)]
        sender = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            with door.accept()[0] as line:
                archive = ["storescp", "--inetd", "--accept-all", "--output-directory", str(folder)]
                end, none = line.fileno(), subprocess.DEVNULL
                subprocess.run(archive, stdin=end, stdout=end, stderr=none, timeout=_LONGEST, check=False)
            said = sender.communicate(timeout=_PATIENCE)[0]
        except (TimeoutError, subprocess.TimeoutExpired) as fault:
            raise ValueError("storescu did not reach the archive, or did not come to an end") from fault
        finally:
            sender.kill()
    if sender.returncode:
        raise ValueError(f"storescu was refused: {said.strip().splitlines()[-1:]}")


def changed(sent: list[Path], folder: Path) -> list[str]:
    """Name what did not come, or came with other attributes, values or pixels."""
    kept = {one.SOPInstanceUID: one for one in map(pydicom.dcmread, folder.iterdir())}
    return [path.name for path in sent if not _alike(pydicom.dcmread(path), kept)]


def _alike(one: pydicom.Dataset, kept: dict[str, pydicom.FileDataset]) -> bool:
    """Compare whole objects, items of sequences too; pixels decoded, since fragments may be padded."""
    other = kept.get(one.SOPInstanceUID)
    if other is None or not np.array_equal(_pixels(one), _pixels(other)):
        return False
    return _rest(one) == _rest(other)


def _pixels(ds: pydicom.Dataset) -> np.ndarray:
    return ds.pixel_array if "PixelData" in ds else np.empty(0)


def _rest(ds: pydicom.Dataset) -> dict[int, tuple[str, Any]]:
    """Give all but the pixels: tag -> type and value, which of a sequence are its items."""
    return {element.tag: (element.VR, element.value) for element in ds if element.keyword != "PixelData"}


def rows(exams: list[dict[str, Any]]) -> list[Row]:
    """Judge that nothing has changed."""
    measure = "objects that have another pixel, attribute or value after going to an archive"
    if any(exam["sent"] is None for exam in exams):
        return [not_measured("archive", measure, "0", "dcmtk", why="install dcmtk")]
    names = [name for exam in exams for name in exam["changed"]]
    count = sum(exam["sent"] for exam in exams)
    return [
        Row(
            name="archive",
            measure=f"{measure}, of {count}",
            value=f"{len(names)}" + (f" ({', '.join(names)[:120]})" if names else ""),
            wanted="0",
            source="dcmtk",
            holds=not names,
            figures={"sent": count, "changed": names},
        )
    ]
