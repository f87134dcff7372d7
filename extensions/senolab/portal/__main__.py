"""Serve the campus: ``python -m senolab.portal``, started by the hub or beside it."""

import os
import sys


def main() -> int:
    """Serve until told to stop; return the exit status."""
    os.umask(0o077)  # what the campus writes is nobody else's to read
    from .serving import serve

    return serve()


if __name__ == "__main__":
    sys.exit(main())
