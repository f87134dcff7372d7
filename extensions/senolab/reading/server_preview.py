"""An instructor's preview: build the lesson from its text, then open it as learners will see it."""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import APIHandler
from tornado import web

from senolab.words import gettext, number
from senolab.words.trouble import reason

from .server_opening import notebook_address, stop_sessions
from .server_pages import PageHandler
from .server_places import RefusedError, Worked

_COMMAND = (sys.executable, "-P", "-m", "senolab.cli.main")
_LONGEST = 600  # seconds
_SHOWN = 4000  # characters of what the build said


@dataclass
class Build:
    """One build of a preview, running or done."""

    task: "asyncio.Task[None] | None" = None
    number: str = field(default_factory=lambda: secrets.token_hex(4))
    words: str = ""
    step: dict[str, Any] = field(default_factory=dict)
    failed: bool = False

    @property
    def state(self) -> str:
        """``building``, ``failed`` or ``ready``."""
        if self.task is None or not self.task.done():
            return "building"
        return "failed" if self.failed else "ready"


def _builds(settings: dict) -> dict[tuple[str, str], Build]:
    return settings.setdefault("senolab_previews", {})


class PreviewHandler(PageHandler):
    """``GET preview/<course>/<lesson>``: build afresh; with ``?build=<number>`` follow that build."""

    @web.authenticated
    async def get(self, course: str, lesson: str) -> None:
        """Start a build, show that it runs, or go to what it built."""
        worked = self.places.preview(course, lesson)
        texts = self.places.home / "courses" / course
        if not (texts / f"{lesson}.md").is_file() and not (texts / "source" / lesson).is_dir():
            raise RefusedError(
                gettext(
                    "There is no text of this lesson: neither courses/%(course)s/%(lesson)s.md nor "
                    "courses/%(course)s/source/%(lesson)s is there.",
                    course=course,
                    lesson=lesson,
                )
            )
        build = _builds(self.settings).get((course, lesson))
        number = self.get_query_argument("build", "")
        if build is None or (build.number != number and build.state != "building"):
            build = self._start(course, lesson, worked, texts)
        if build.number != number:
            self.redirect(f"{self.here('senolab/preview', course, lesson)}?build={build.number}")
        elif build.state == "ready":
            self.redirect(notebook_address(self, worked.notebook))
        elif build.state == "failed":
            self._tell(course, lesson, build)
        else:
            self._wait(course, lesson, build)

    def _start(self, course: str, lesson: str, worked: Worked, texts: Path) -> Build:
        build = _builds(self.settings)[course, lesson] = Build()
        command = self.settings.get("senolab_command", _COMMAND)
        build.task = asyncio.create_task(self._build(build, command, texts, worked))
        return build

    async def _build(self, build: Build, command: tuple[str, ...], texts: Path, worked: Worked) -> None:
        """Build into the folder: the command stages its work there, and keeps drawn exams for next time."""
        try:
            worked.folder.mkdir(parents=True, exist_ok=True)
            argv = [*command, "course", "preview", str(texts), worked.lesson, "--out", str(worked.folder)]
            status, build.words = await run_quietly([*argv, "--progress", "json"], build.step.update)
            build.failed = status != 0
            if not build.failed:
                worked.record.unlink(missing_ok=True)  # each preview begins as a learner does
                await stop_sessions(self, worked)
        except OSError as problem:
            build.failed = True
            build.words = gettext("The preview cannot be written: %(why)s.", why=reason(problem))

    def _wait(self, course: str, lesson: str, build: Build) -> None:
        address = self.here("senolab/preview-state", course, lesson)
        self.show("follow.html", address=f"{address}?build={build.number}")

    def _tell(self, course: str, lesson: str, build: Build) -> None:
        again = self.here("senolab/preview", course, lesson)
        self.show("unbuilt.html", said=build.words[-_SHOWN:].strip(), again=again)


class PreviewStateHandler(APIHandler):
    """``GET preview-state/<course>/<lesson>?build=<number>``: how a build goes."""

    @web.authenticated
    def get(self, course: str, lesson: str) -> None:
        """Answer ``{"state"}``, and how many of the exams are made: ``done`` of ``total``."""
        build = _builds(self.settings).get((course, lesson))
        self.set_header("Cache-Control", "no-store")
        self.finish({**build.step, "state": build.state} if build else {"state": "gone"})


async def run_quietly(argv: list[str], told: Callable[[dict[str, Any]], None]) -> tuple[int, str]:
    """Run a command; tell its steps; return its status and what else it wrote to its error stream."""
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        limit=2**20,  # of one line
    )
    try:
        async with asyncio.timeout(_LONGEST):
            said = await _listen(process, told)
            status = await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
        return 1, gettext(
            "The build took longer than %(count)s seconds and was stopped.", count=number(_LONGEST)
        )
    return status, said


async def _listen(process: asyncio.subprocess.Process, told: Callable[[dict[str, Any]], None]) -> str:
    """Read the error stream to its end: steps are lines of JSON, the rest is returned."""
    said: list[str] = []
    assert process.stderr is not None  # noqa: S101 - asked for above
    async for line in process.stderr:
        text = line.decode("utf-8", "replace")
        try:
            step = json.loads(text)
            told({"done": float(step["done"]), "total": float(step["total"])})
        except (ValueError, TypeError, KeyError):
            said.append(text)
    return "".join(said)
