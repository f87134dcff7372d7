"""Runs inside the sandbox: a learner's notebook in a kernel, part by part.

``python -m senolab.grading.inside`` reads a job (JSON) from standard input and writes one line of JSON
a part to standard output, so that what was run before a stop is kept. This process keeps both ends to
itself: the kernel gets neither, and may not look into this process. What it writes is data about a
learner's code, never proof.
"""

import contextlib
import json
import os
import queue
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from senolab.sandbox import warden

_PATIENCE = 3.0  # seconds between an interruption and the end of the kernel
_RESTARTS = 6
_IMAGES = ("image/png", "image/jpeg")
_TRANSFORMERS = "len(__import__('IPython').get_ipython().ast_transformers)"


def main() -> None:
    """Run the job and tell each part's outcome."""
    job = json.load(sys.stdin)
    warden.become()
    told = os.fdopen(os.dup(1), "w", encoding="utf-8")  # not inheritable
    nothing = os.open(os.devnull, os.O_RDWR)
    for taken in (0, 1, 2):
        os.dup2(nothing, taken)
    folder = Path.home() / "lesson"
    if job.get("given"):
        shutil.copytree(job["given"], folder, symlinks=True, dirs_exist_ok=True)
    folder.mkdir(exist_ok=True)
    os.chdir(folder)
    runner = Runner(job)
    try:
        for part in job["parts"]:
            told.write(json.dumps(runner.part(part)) + "\n")
            told.flush()
    finally:
        runner.stop()


class Runner:
    """A kernel that is started anew when a part kills it; what ran before is run again."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.seconds: float = job["seconds"]
        self.most: int = job["output"]
        self.again: list[tuple[str, bool]] = []  # what brings the state back, and if it enters the history
        self.restarts = 0
        self.manager: KernelManager | None = None
        self.client: BlockingKernelClient | None = None
        self.transformers = "0"

    def part(self, part: dict[str, Any]) -> dict[str, Any]:
        """Run one part, its canaries first."""
        outcome: dict[str, Any] = {"index": part["index"], "status": "not-run", "outputs": []}
        if not self.ready():
            return outcome
        sung = self.canaries(part) if part.get("test") else True
        # a test leaves no trace in the history that later parts could read
        outcome |= self.execute(part["source"], keep=not part.get("test"))
        if part.get("test"):
            outcome["canary"] = sung and outcome.pop("transformers", "0") in {"0", self.transformers, None}
        if outcome["status"] in {"ok", "error"}:
            self.again.append((part["source"], not part.get("test")))
        else:
            self.stop()
        return outcome

    def canaries(self, part: dict[str, Any]) -> bool:
        """Tell whether everything that must fail does."""
        sources = [part["prelude"], *part["canaries"]] if part.get("prelude") else part["canaries"]
        for source in sources:
            done = self.execute(source, keep=False, seconds=min(self.seconds, 10))
            if done["status"] == "ok" and source != part.get("prelude"):
                return False
            if done["status"] in {"died", "timeout"}:
                self.stop()
                self.ready()
        return True

    def ready(self) -> bool:
        """Start a kernel if there is none; False once too many were killed."""
        if self.manager is not None:
            return True
        if self.restarts > _RESTARTS:
            return False
        self.restarts += 1
        self.manager = KernelManager(kernel_name="python3", transport="ipc")
        self.manager.start_kernel(stdout=1, stderr=1, cwd=str(Path.cwd()))
        self.client = self.manager.client()
        self.client.start_channels()
        try:
            self.client.wait_for_ready(timeout=60)
        except RuntimeError:
            self.stop()
            return False
        for source, keep in self.again:
            if self.execute(source, keep=keep)["status"] in {"died", "timeout"}:
                self.stop()
                self.again.clear()
                return self.ready()
        return True

    def stop(self) -> None:
        """End the kernel, whatever it is doing."""
        manager, client, self.manager, self.client = self.manager, self.client, None, None
        with contextlib.suppress(Exception):
            if client is not None:
                client.stop_channels()
        with contextlib.suppress(Exception):
            if manager is not None:
                manager.shutdown_kernel(now=True)

    def execute(self, source: str, *, keep: bool, seconds: float | None = None) -> dict[str, Any]:
        """Run a piece of code: its outputs, and how it ended: ok, error, timeout or died."""
        if self.client is None:
            return {"status": "died", "outputs": []}
        asked = self.client.execute(
            source,
            store_history=keep,
            allow_stdin=False,
            stop_on_error=False,
            user_expressions={} if keep else {"t": _TRANSFORMERS},
        )
        outputs = Outputs(self.most)
        status = self.listen(asked, outputs, time.monotonic() + (seconds or self.seconds))
        if status == "timeout" and self.manager is not None:
            with contextlib.suppress(Exception):
                self.manager.interrupt_kernel()
            if self.listen(asked, outputs, time.monotonic() + _PATIENCE) == "timeout":
                return {"status": "died", "ename": "Timeout", "outputs": outputs.kept}
            return {"status": "error", "ename": "Timeout", "evalue": "", "outputs": outputs.kept}
        if status != "idle":
            return {"status": status, "outputs": outputs.kept}
        return {**self.reply(asked), "outputs": outputs.kept}

    def listen(self, asked: str, outputs: "Outputs", until: float) -> str:
        """Gather outputs until the kernel is idle again, has died, or the time is over."""
        if self.client is None or self.manager is None:
            return "died"
        while (left := until - time.monotonic()) > 0:
            try:
                message = self.client.get_iopub_msg(timeout=min(left, 0.5))
            except queue.Empty:
                if not self.manager.is_alive():
                    return "died"
                continue
            if message["parent_header"].get("msg_id") != asked:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return "idle"
            outputs.take(message["msg_type"], message["content"])
        return "timeout"

    def reply(self, asked: str) -> dict[str, Any]:
        """Give the kernel's own word on how the code ended; it does not pass through the outputs."""
        until = time.monotonic() + 10
        while self.client is not None and time.monotonic() < until:
            try:
                message = self.client.get_shell_msg(timeout=1)
            except queue.Empty:
                continue
            if message["parent_header"].get("msg_id") != asked:
                continue
            content = message["content"]
            told = (content.get("user_expressions") or {}).get("t") or {}
            count = (told.get("data") or {}).get("text/plain") if told.get("status") == "ok" else None
            ended = "ok" if content.get("status") == "ok" else "error"
            ename, evalue = str(content.get("ename") or "")[:80], str(content.get("evalue") or "")[:2000]
            return {"status": ended, "ename": ename, "evalue": evalue, "transformers": count}
        return {"status": "died"}


class Outputs:
    """The outputs of one part, up to a number of characters."""

    def __init__(self, most: int) -> None:
        self.kept: list[dict[str, Any]] = []
        self.left = most
        self.images = 8 * most
        self.full = False

    def take(self, kind: str, content: dict[str, Any]) -> None:
        """Keep what a teacher may need to see; of pictures only pixels, of objects only their text."""
        if kind == "stream":
            self.text(content.get("name") or "stdout", str(content.get("text") or ""))
        elif kind == "error":
            lines = "\n".join(map(str, content.get("traceback") or []))[-min(20_000, max(self.left, 0)) :]
            self.left -= len(lines)
            names = {name: str(content.get(name) or "")[:2000] for name in ("ename", "evalue")}
            self.kept.append({"output_type": "error", **names, "traceback": lines.split("\n")})
        elif kind in {"execute_result", "display_data"}:
            data = self.data(content.get("data") or {})
            if data:
                self.kept.append({"output_type": kind, "data": data})
        elif kind == "clear_output":
            self.kept.clear()

    def text(self, name: str, text: str) -> None:
        """Add to a stream; say once that the rest was cut."""
        cut = text[: max(self.left, 0)]
        self.left -= len(cut)
        if len(cut) < len(text) and not self.full:
            self.full = True
            cut += "\n... the rest of the output was cut ...\n"
        last = self.kept[-1] if self.kept else {}
        if cut and last.get("output_type") == "stream" and last["name"] == name:
            last["text"] += cut
        elif cut:
            self.kept.append({"output_type": "stream", "name": name, "text": cut})

    def data(self, bundle: dict[str, Any]) -> dict[str, str]:
        """Reduce an object's representations to text and pixels."""
        kept: dict[str, str] = {}
        text = bundle.get("text/plain")
        if isinstance(text, str) and self.left > 0:
            kept["text/plain"] = text[: self.left]
            self.left -= len(kept["text/plain"])
        for kind in _IMAGES:
            image = bundle.get(kind)
            if isinstance(image, str) and len(image) <= self.images:
                self.images -= len(image)
                kept[kind] = image
                break
        return kept


if __name__ == "__main__":
    main()
