"""One worker: takes submissions off the queue and marks them, until it is told to stop.

``python -m senolab.grading.worker --state DIR``. Start as many as there are cores to spare. A worker
ends with the process that started it, finishes what it is marking when told to stop, and loses nothing
when it is killed.
"""

import argparse
import contextlib
import logging
import os
import signal
import sys
import threading
import time
import uuid
from pathlib import Path

from senolab.grading.marked import GradingError
from senolab.grading.marking import grade
from senolab.grading.queue import LEASE, Job, MarkingQueue
from senolab.lessons.names import NameRefusedError
from senolab.lessons.shelf import Shelf
from senolab.sandbox.ledger import born
from senolab.words import gettext, marked, number

_PAUSE = 0.5  # seconds between two looks at an empty queue
_DONE = marked("%(points)s of %(most)s points")
_WAITS = marked("%(points)s of %(most)s points; a teacher still reads it")
log = logging.getLogger("senolab.marking")


class Worker:
    """Marks submissions one after the other.

    Parameters
    ----------
    shelf
        The state folder.
    stop
        Set to end after the submission in hand.
    """

    def __init__(self, shelf: Shelf, *, stop: threading.Event | None = None) -> None:
        self.parent = os.getppid()
        self.shelf = shelf
        self.queue = MarkingQueue(shelf.marking_queue)
        self.name = f"{os.getpid()}-{born(os.getpid())}-{uuid.uuid4().hex[:8]}"
        self.stop = stop or threading.Event()

    def run(self, *, until_empty: bool = False) -> int:
        """Work until told to stop (or until the queue is empty); returns how many were marked."""
        marked = 0
        self.queue.release(_gone)  # most often this one's own former life
        while not self.stop.is_set() and os.getppid() == self.parent:
            job = self.queue.claim(self.name)
            if job is None:
                if until_empty:
                    break
                self.stop.wait(_PAUSE)
                continue
            self.work(job)
            marked += 1
        return marked

    def work(self, job: Job) -> None:
        """Mark one submission; whatever happens, the job ends with a sentence."""
        began = time.monotonic()
        with self._held(job):
            try:
                done = grade(self.shelf.grader(job.course), job.lesson, job.learner, force=job.force)
            except (GradingError, NameRefusedError) as problem:
                self.queue.fail(job.id, self.name, words=str(problem))
                log.warning("%s/%s of %s: %s", job.course, job.lesson, job.learner, problem)
                return
            except Exception as problem:
                words = gettext(
                    "Marking met something unforeseen (%(name)s: %(problem)s).",
                    name=type(problem).__name__,
                    problem=problem,
                )
                self.queue.fail(job.id, self.name, words=words)
                log.exception("%s/%s of %s", job.course, job.lesson, job.learner)
                return
        if {"failed", "missing"} & set(done.flags):
            self.queue.fail(job.id, self.name, words=" ".join(done.words))
            return
        told = _WAITS if done.needs_manual else _DONE
        words = gettext(told, points=number(done.auto_score), most=number(done.max_score))
        self.queue.finish(job.id, self.name, words=words)
        seconds = time.monotonic() - began
        log.info("%s/%s of %s: %s, %.1f s", job.course, job.lesson, job.learner, words, seconds)

    @contextlib.contextmanager
    def _held(self, job: Job):
        """Renew the lease while the work lasts."""
        over = threading.Event()

        def renew() -> None:
            while not over.wait(LEASE / 3):
                with contextlib.suppress(Exception):  # a busy database is tried again at the next beat
                    self.queue.renew(job.id, self.name)

        beat = threading.Thread(target=renew, daemon=True)
        beat.start()
        try:
            yield
        finally:
            over.set()
            beat.join()


def _gone(worker: str) -> bool:
    """Whether the process of a worker has ended; its number may be another's by now."""
    number, _, rest = worker.partition("-")
    return not number.isdecimal() or str(born(int(number))) != rest.partition("-")[0]


def main(argv: list[str] | None = None) -> int:
    """Run a worker as a process of its own."""
    parser = argparse.ArgumentParser(prog="senolab.grading.worker", description="Mark what is on the queue.")
    parser.add_argument("--state", type=Path, required=True, help="the state folder")
    parser.add_argument("--until-empty", action="store_true", help="end when nothing waits")
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    worker = Worker(Shelf(args.state))
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: worker.stop.set())
    log.info("marking for %s", args.state)
    worker.run(until_empty=args.until_empty)
    return 0


if __name__ == "__main__":
    sys.exit(main())
