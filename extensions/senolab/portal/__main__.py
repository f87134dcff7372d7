"""Serve the campus: ``python -m senolab.portal``, started by the hub or beside it."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> int:
    """Serve until told to stop; return the exit status."""
    _die_with_parent()  # before the seconds that the imports take
    os.umask(0o077)  # what the campus writes is nobody else's to read
    from .serving import serve

    return serve()


def _die_with_parent() -> None:
    """Ask the system to stop this process when whoever started it dies, however that happens."""
    parent = os.getppid()
    try:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    except (OSError, AttributeError):
        return  # another system than Linux; the launcher stops us
    if os.getppid() != parent:  # it died before we asked
        os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
