"""The hub's spawner: each user's server in a sandbox of its own, without a network.

The spawner binds and listens on a Unix socket in a folder that no sandbox sees and hands the listening
descriptor in; process 1 inside carries its connections to the server on the sandbox's own loopback. So
nothing that a user does to files can make the proxy dial another place. Outward, fixed ports on the
loopback inside lead to the sockets of relays (`relay.py`) and to nothing else.

Servers outlive the hub: a restarted hub finds them by its stored state. Those of a launcher that was killed
the next start of the campus ends, by `ledger.reap`.
"""

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlparse

from jupyterhub.spawner import SpawnException
from jupyterhub.utils import maybe_future

from senolab.sandbox import cgroup, disk, ledger, sockets, watch
from senolab.sandbox.census import first_process
from senolab.sandbox.machine import available
from senolab.sandbox.spawner_places import BwrapPlaces
from senolab.sandbox.walls import INSIDE, Limits, Mount, command
from senolab.words import gettext
from senolab.words.trouble import reason

_NEVER = {"CONFIGPROXY_AUTH_TOKEN", "JUPYTERHUB_CRYPT_KEY", "JUPYTERHUB_COOKIE_SECRET"}
_DOORS = f"{INSIDE}/doors"
_LOG = 2 << 20  # bytes of a server's log
_NICE = 5  # the hub, the proxy and the campus have the processor first
_NEWS = timedelta(hours=12)  # how long a notice is worth telling


class BwrapSpawner(BwrapPlaces):
    """Starts, watches and stops one user's server behind walls."""

    running: ledger.Running | None = None
    _watching: asyncio.Task[None] | None = None

    # -- life -------------------------------------------------------------------------------------
    async def start(self) -> str:
        """Start the server; return the address that the proxy dials."""
        self._check()
        await self._end_leftover()
        self._make_home()
        mounts = await self._shown()
        self.written = tuple(str(mount.source) for mount in mounts if mount.writable)
        await self._check_space()
        self.ip, self.port = "127.0.0.1", next(p for p in range(8888, 9999) if p not in self._ports)
        words, env = self._words(mounts), self._server_env()
        listener, path = self._listen()
        told, tell = os.pipe()
        with listener, self._log() as log:
            carry = [{"fd": listener.fileno(), "port": self.port}]
            carry += [{"port": port, "path": f"{_DOORS}/{name}"} for port, name in self._ports.items()]
            argv = words(keep=env, inner={"carry": carry, "log": _LOG, "nice": _NICE, "ready": tell})
            self.log.info("Starting the server of %s behind walls: %s", self._log_name, " ".join(self.cmd))
            self.proc = subprocess.Popen(
                argv, env=env, pass_fds=[listener.fileno(), tell], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True, cwd="/",
            )  # fmt: skip
        os.close(tell)
        await self._until_ready(told)
        self._note(self.proc.pid)
        self._keep_watch()
        return "http+unix://" + quote(str(path), safe="")

    async def poll(self) -> int | None:
        """Return None while the server runs, else its status (0 where a former hub started it)."""
        status: int | None = 0
        if self.proc is not None:
            status = self.proc.poll()
        elif self.running and self.running.alive:
            status = None
        if status is None:
            self._keep_watch()
            return None
        self._tidy()
        self.clear_state()
        return status

    async def stop(self, now: bool = False) -> None:
        """End the server and everything it started."""
        if await self.poll() is None and not now:
            self._send(signal.SIGTERM)
            await self.wait_for_death(self.term_timeout)
        if await self.poll() is None:
            self._send(signal.SIGKILL)
            await self.wait_for_death(self.kill_timeout)
        if await self.poll() is None:
            self.log.warning("The sandbox of %s does not end", self._log_name)

    async def progress(self):
        """Tell what the user sees while the server starts, and why the last one was ended."""
        last = watch.told(self.notice)
        if last and datetime.now(UTC) - datetime.fromisoformat(last["time"]) < _NEWS:
            yield {"progress": 10, "message": last["sentence"]}
        yield {"progress": 50, "message": gettext("Your session is starting")}

    # -- what the hub keeps of it over its own restart ----------------------------------------------
    def get_state(self) -> dict:
        """Return what finds the server again."""
        state = super().get_state()
        if self.running:
            state |= {"running": vars(self.running), "written": list(self.written)}
        return state

    def load_state(self, state: dict) -> None:
        """Find the server of a former hub again."""
        super().load_state(state)
        with contextlib.suppress(KeyError, TypeError):
            self.running = ledger.Running(**state["running"])
            self.written = tuple(state["written"])

    def clear_state(self) -> None:
        """Forget the server."""
        super().clear_state()
        self.running = None

    # -- the environment ----------------------------------------------------------------------------
    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Leave the account's variables to the sandbox."""
        return env

    def _server_env(self) -> dict[str, str]:
        env = {name: str(value) for name, value in self.get_env().items() if value is not None}
        return {name: value for name, value in env.items() if name not in _NEVER}

    # -- parts of a start -----------------------------------------------------------------------------
    def _check(self) -> None:
        """Refuse what could only fail later, in words that name the setting."""
        hub = urlparse(self.hub_connect_url or self.hub.api_url)
        if hub.hostname not in {"127.0.0.1", "localhost"} or hub.port not in self._ports:
            raise self._refusal(f"BwrapSpawner.doors has no door for the hub's API at {hub.netloc}.")
        if self.internal_ssl:
            raise self._refusal("BwrapSpawner needs no internal_ssl: its sockets never leave this machine.")
        if not re.fullmatch(r"[\w@+-][\w.@+-]{0,63}", self.user.name):
            raise self._refusal(
                gettext("The name %(name)r has letters that no account can have.", name=self.user.name)
            )

    def _refusal(self, sentence: str) -> SpawnException:
        refusal = SpawnException(sentence, reason="sandbox", status_code=503)
        setattr(refusal, "jupyterhub_message", sentence)  # noqa: B010 - what the hub's page of a failed start shows
        return refusal

    def _make_home(self) -> None:
        try:
            self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.home.chmod(0o700)
        except OSError as trouble:
            self.log.error("No home for %s: %s", self._log_name, trouble)
            raise self._refusal(
                gettext(
                    "Your session cannot start because the folder with your files cannot be opened "
                    "(%(why)s). Tell whoever runs the campus; the log of the hub names the folder.",
                    why=reason(trouble),
                )
            ) from None

    async def _check_space(self) -> None:
        """Refuse to start where that was only used to fill the disk further."""
        space = await asyncio.to_thread(disk.forfeited, self._folders, self.disk_limit, self._overfull)
        if space is not None:
            raise self._refusal(watch.too_full(space, self.disk_limit))

    async def _shown(self) -> list[Mount]:
        shown = self.mounts(self) if callable(self.mounts) else self.mounts
        mounts = [mount if isinstance(mount, Mount) else Mount(*mount) for mount in await maybe_future(shown)]
        mounts.append(Mount(Path(self.doors_dir), _DOORS))
        if self.jupyter_config:
            mounts.append(Mount(Path(self.jupyter_config), "/etc/jupyter"))
        for mount in mounts:
            if not mount.source.exists():
                raise self._refusal(f"{mount.source}, to be shown as {mount.target}, does not exist.")
        return mounts

    def _words(self, mounts: list[Mount]):
        """Return `command`, given all that is known before the descriptors are."""
        limits = Limits(
            memory=self.mem_limit, processes=self.processes_limit, file_size=self.file_size_limit,
            cpu_seconds=None, wall_seconds=None, temporary=self.temporary_limit,
            open_files=self.open_files_limit,
        )  # fmt: skip
        group = cgroup.leaf(self._group, memory=self.mem_limit, processes=self.processes_limit)

        def words(*, keep: Iterable[str], inner: dict) -> list[str]:
            return command(
                [*self.cmd, *self.get_args()], mounts=mounts, limits=limits, keep=keep, user=self.user.name,
                home=self.home, warden=self.warden, die_with_parent=False, inner=inner, group=group,
            )  # fmt: skip

        return words

    def _listen(self) -> tuple[socket.socket, Path]:
        try:
            return sockets.listen(self.folder)
        except ValueError as trouble:
            raise self._refusal(f"BwrapSpawner.servers_dir will not do: {trouble}") from trouble

    def _log(self):
        logs = Path(self.logs_dir)
        logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        return (logs / f"{self.key}.log").open("wb")

    async def _until_ready(self, told: int) -> None:
        """Wait until process 1 inside runs; raise with the mend where the sandbox cannot be built."""
        os.set_blocking(told, False)
        until, said = time.monotonic() + 20, None
        try:
            while said is None and time.monotonic() < until:
                with contextlib.suppress(BlockingIOError):
                    said = os.read(told, 1)
                await asyncio.sleep(0.02)
        finally:
            os.close(told)
        if said:
            return
        self._send(signal.SIGKILL)
        available.cache_clear()
        found = await asyncio.to_thread(available)
        words = Path(self.logs_dir, f"{self.key}.log").read_text("utf-8", "replace").strip()[-500:]
        self.log.error("No sandbox for %s: %s %s", self._log_name, found.why or words, found.mend)
        raise self._refusal(
            gettext("Your session cannot start on this machine just now. The operator's log tells why.")
        )

    def _note(self, pid: int) -> None:
        """Write down who runs, for this hub, for the next one, and for the campus's next start."""
        first = first_process(pid) or pid
        self.pid = pid
        self.running = ledger.Running(
            user=self.user.name, pid=pid, born=ledger.born(pid) or 0, first=first,
            first_born=ledger.born(first) or 0,
        )  # fmt: skip
        ledger.write(self.folder, self.running)

    # -- ends -----------------------------------------------------------------------------------------
    def _send(self, number: int) -> None:
        if self.running:
            self.running.send(number)
        elif self.proc and number == signal.SIGKILL:
            self.proc.kill()

    async def _end_leftover(self) -> None:
        """End a server of this user that no hub remembers: two would write one home."""
        left, until = ledger.read(self.folder), time.monotonic() + 5
        while left and left.alive and time.monotonic() < until:
            self.log.warning("Ending a forgotten server of %s", self._log_name)
            left.send(signal.SIGKILL)
            await asyncio.sleep(0.1)

    def _tidy(self) -> None:
        if self._watching and self._watching is not asyncio.current_task():
            self._watching.cancel()
        self._watching = None
        if group := cgroup.find(self._group):
            if group.over_memory and self.mem_limit:  # the kernel was quicker than the watch
                watch.tell(self.notice, watch.over_memory(self.mem_limit))
            group.remove()
        ledger.sweep(self.folder)

    # -- the watch --------------------------------------------------------------------------------------
    def _keep_watch(self) -> None:
        if self.running and (self._watching is None or self._watching.done()):
            self._watching = asyncio.create_task(self._watch(self.running))

    async def _watch(self, running: ledger.Running) -> None:
        """Look at the sandbox until it ends, or end it and tell the user why."""
        bounds = watch.Bounds(
            memory=self.mem_limit, tasks=self.processes_limit, disk=self.disk_limit, files=self.files_limit
        )
        eye = await asyncio.to_thread(
            watch.Watch, running.first, self._folders, bounds, note=self._overfull, warden=self.warden
        )
        while running.alive:
            await asyncio.sleep(self.watch_interval)
            try:
                excess = await asyncio.to_thread(eye.look)
            except OSError:
                self.log.exception("Could not look at the server of %s", self._log_name)
                continue
            if excess:
                self.log.warning("Ending the server of %s: %s", self._log_name, excess.sentence)
                watch.tell(self.notice, excess)
                running.send(signal.SIGKILL)
                await self.wait_for_death(self.kill_timeout)
                await self.poll_and_notify()
                return
        if (group := cgroup.find(self._group)) and group.over_memory:
            await self.poll_and_notify()  # which tells the user; the hub itself looks twice a minute
