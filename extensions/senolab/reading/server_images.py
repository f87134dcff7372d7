"""Images of exams as bytes, with caching: a viewer asks for each of them many times."""

from datetime import UTC, datetime
from pathlib import Path

from jupyter_server.base.handlers import JupyterHandler
from tornado import web

from .server_places import Places

_FOREVER = "private, max-age=31536000, immutable"
_ASK_FIRST = "private, no-cache"


class ImageHandler(web.StaticFileHandler, JupyterHandler):
    """``GET dicom/<path>``: a DICOM file below the material or the home, with ETag, 304 and ranges.

    The path is tried below the material first, then below the home. The file it leads to, with every
    symbolic link followed, must lie there too. A release's folder never changes, so its images may be
    kept by the browser for good; whatever can change (the home, the link ``current``) is asked for again.
    """

    def initialize(self) -> None:
        """Set the root; what may be served is decided in `validate_absolute_path`."""
        super().initialize(path="/")

    @web.authenticated
    async def get(self, path: str, include_body: bool = True) -> None:  # type: ignore[override]
        """Serve the file."""
        await super().get(path, include_body)

    @web.authenticated
    async def head(self, path: str) -> None:  # type: ignore[override]
        """Tell about the file."""
        await super().get(path, include_body=False)

    @classmethod
    def get_absolute_path(cls, root: str, path: str) -> str:  # noqa: ARG003 - the roots are the server's places
        """Return the path as asked."""
        return path

    def validate_absolute_path(self, root: str, absolute_path: str) -> str:  # noqa: ARG002
        """Return the real file behind a path, or answer 404 in one voice for all that is not served."""
        places = Places.of(self.settings)
        self.lasting = False
        if "\x00" not in absolute_path and absolute_path.lower().endswith(".dcm"):
            for root_folder in (places.material, places.home):
                found = _inside(root_folder, absolute_path)
                if found is not None:
                    self.lasting = (
                        root_folder == places.material and "current" not in Path(absolute_path).parts
                    )
                    return str(found)
        raise web.HTTPError(404)

    def compute_etag(self) -> str:
        """Return a tag from the file's identity, size and time: no need to read 30 MB for it."""
        status = Path(self.absolute_path or "").stat()
        return f'"{status.st_ino:x}-{status.st_size:x}-{status.st_mtime_ns:x}"'

    def get_modified_time(self) -> datetime:
        """Return the file's time, in whole seconds as HTTP has it."""
        return datetime.fromtimestamp(int(Path(self.absolute_path or "").stat().st_mtime), UTC)

    def set_extra_headers(self, path: str) -> None:  # noqa: ARG002
        """Say what it is and how long it lasts."""
        self.set_header("Content-Type", "application/dicom")
        self.set_header("Cache-Control", _FOREVER if self.lasting else _ASK_FIRST)
        self.set_header("X-Content-Type-Options", "nosniff")

    def write_error(self, status_code: int, **kwargs: object) -> None:  # noqa: ARG002
        """Answer a program, not a person."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("This image is not here.\n" if status_code == 404 else "The image cannot be read.\n")


def _inside(root: Path | None, path: str) -> Path | None:
    """Return the real path of an ordinary file that lies below the root after all links, else None."""
    if root is None:
        return None
    try:
        real = (root / path.lstrip("/")).resolve(strict=True)
    except (OSError, RuntimeError):
        return None
    return real if real.is_relative_to(root) and real.is_file() else None
