"""Answer a list of jobs, each file in a process of its own.

What a file does to its decoder (a crash, a loop, a bomb) ends that process and no other: the next file is
read by a fresh copy of this one, which has loaded what takes a second to load.
"""

import contextlib
import json
import os
import resource
import select
import signal
import sys
import time
import warnings
from typing import Any

from .refusing import UnreadableError

_MEMORY, _MOST_ANSWER = 2 << 30, 64 << 10
_UNKNOWN = "it is damaged, or made in a way that is not known here: it cannot be read"


def main() -> int:
    """Answer each job with a line as it begins and a line as it ends."""
    # Loaded once, for all files: what opens them, and every decoder.
    from PIL import PngImagePlugin

    from . import jobs, volume

    del jobs, volume, PngImagePlugin

    words = json.load(sys.stdin)
    for job in words["jobs"]:
        _say({"n": job["n"], "begun": True})
        _say({"n": job["n"], **_apart(job, words["seconds"])})
    return 0


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _apart(job: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Do a job in a process of its own."""
    inlet, outlet = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(inlet)
        _alone(job, outlet, seconds)
    os.close(outlet)
    answer, late = _heard(inlet, time.monotonic() + seconds)
    os.close(inlet)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    if late:
        return {"stopped": "time"}
    try:
        return json.loads(answer)
    except ValueError:
        return {"stopped": "crash"}


def _heard(inlet: int, deadline: float) -> tuple[bytes, bool]:
    """Read what a child says until it ends, or until it is too late."""
    answer = bytearray()
    while len(answer) < _MOST_ANSWER:
        if not select.select([inlet], [], [], max(0.0, deadline - time.monotonic()))[0]:
            return bytes(answer), True
        data = os.read(inlet, 1 << 16)
        if not data:
            break
        answer += data
    return bytes(answer), False


def _alone(job: dict[str, Any], outlet: int, seconds: float) -> None:
    """Be the child: do the job, say what came of it, end."""
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):  # decoders print what they like
            os.dup2(nowhere, number)
        resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 1))
        warnings.simplefilter("ignore")
        os.write(outlet, json.dumps(answered(job)).encode())
    finally:
        os._exit(0)


def answered(job: dict[str, Any]) -> dict[str, Any]:
    """Do one job; whatever a parser of a broken file raises becomes a sentence."""
    from . import jobs

    try:
        return {"look": jobs.look, "take": jobs.take, "region": jobs.region}[job["do"]](job)
    except UnreadableError as fault:
        return {"refused": str(fault)}
    except MemoryError:
        return {"stopped": "memory"}
    except RecursionError:
        return {"refused": "it is damaged: its header is nested more deeply than any machine writes it"}
    except Exception as fault:
        return {"refused": _UNKNOWN, "detail": type(fault).__name__}


if __name__ == "__main__":
    sys.exit(main())
