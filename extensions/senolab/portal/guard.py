"""Runs a command that must not outlive who asked for it: ``guard.py COMMAND...``, a program of its own.

Who asks keeps the other end of standard input open. When that end closes, even by kill -9, the whole
process group ends with it. To be started as the leader of a session of its own.
"""

import os
import signal
import subprocess
import sys
import threading


def _watch() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main(command: list[str]) -> int:
    """Run the command and return its exit status."""
    if os.getpgrp() != os.getpid():
        print("senolab: The guard of a command must lead its own process group.", file=sys.stderr)
        return 1
    threading.Thread(target=_watch, daemon=True).start()
    try:
        status = subprocess.call(command, stdin=subprocess.DEVNULL)
    except OSError as problem:
        print(f"senolab: The release could not start: {problem}", file=sys.stderr)
        return 127
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
