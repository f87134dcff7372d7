"""One campus: its state, its book, its secrets, its pages, held together."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from senolab.lessons.shelf import Shelf

from .book import Book
from .database import connect
from .keyring import Keyring
from .marking import Marking
from .pace import Pace
from .pages import Pages
from .people import Names
from .progress import Standing
from .releases import Releases
from .releasing import Releasing
from .settings import Settings


class Campus:
    """What the handlers work with."""

    def __init__(self, settings: Settings, *, command: Sequence[str] | None = None):
        self.settings = settings
        self.shelf = Shelf(settings.state)
        self.book = Book(connect(self.shelf.campus_database))
        self.keyring = Keyring(self.shelf)
        self.releases = Releases(self.shelf, zone=settings.zone)
        self.names = Names(self.shelf.people, alone=settings.unprotected)
        self.marking = Marking(self.shelf)
        self.releasing = Releasing(self.book.engine, self.shelf, command=command)
        self.pages = Pages(settings)
        self.pace = Pace()
        self.watched: dict[str, tuple[float, list[tuple[str, Standing]]]] = {}  # classes, kept for a moment
        self.threads = ThreadPoolExecutor(4, thread_name_prefix="campus")

    def address(self, *parts: str) -> str:
        """Return the path of a page of the campus, e.g. ``address("teach", course)``."""
        return self.settings.prefix + "/".join(quote(part, safe="") for part in parts)

    def close(self) -> None:
        """Let go of threads and database."""
        self.threads.shutdown(wait=False, cancel_futures=True)
        self.book.engine.dispose()
