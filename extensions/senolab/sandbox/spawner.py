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

from jupyterhub.spawner import LocalProcessSpawner, SpawnException
from jupyterhub.traitlets import ByteSpecification, Callable
from jupyterhub.utils import maybe_future
from traitlets import Dict, Float, Integer, List, Unicode, Union, default

from senolab.sandbox import cgroup, disk, ledger, sockets, watch
from senolab.sandbox.census import first_process
from senolab.sandbox.machine import available
from senolab.sandbox.walls import INSIDE, Limits, Mount, command
from senolab.words import gettext

_NEVER = {"CONFIGPROXY_AUTH_TOKEN", "JUPYTERHUB_CRYPT_KEY", "JUPYTERHUB_COOKIE_SECRET"}
_DOORS = f"{INSIDE}/doors"
_LOG = 2 << 20  # bytes of a server's log
_NICE = 5  # the hub, the proxy and the campus have the processor first
_NEWS = timedelta(hours=12)  # how long a notice is worth telling


class BwrapSpawner(LocalProcessSpawner):
    """Starts, watches and stops one user's server behind walls."""

    state_dir = Unicode(help="Folder of the campus's state; the other folders are below it.").tag(config=True)
    homes_dir = Unicode(help="The users' homes, by name.").tag(config=True)
    servers_dir = Unicode(help="Sockets and notes of running servers; never seen inside.").tag(config=True)
    doors_dir = Unicode(help="The relays' sockets and nothing else; seen read-only inside.").tag(config=True)
    logs_dir = Unicode(help="One small file a server.").tag(config=True)
    notices_dir = Unicode(help="Why a server was ended, by user.").tag(config=True)
    doors = Dict(
        help="Port on the loopback inside -> name of a relay's socket in `doors_dir`, "
        "as {8081: 'hub.sock', 8085: 'campus.sock'}. The port of the hub's API must be among them.",
    ).tag(config=True)
    mounts = Union(
        [List(), Callable()],
        help="What is shown besides the home: Mounts, or a callable (may be a coroutine) that is given "
        "the spawner at each start and returns them.",
    ).tag(config=True)
    jupyter_config = Unicode(help="Folder shown read-only as /etc/jupyter; none by default.").tag(config=True)
    disk_limit = ByteSpecification(5 << 30, help="Bytes of all that a user writes.").tag(config=True)
    files_limit = Integer(200_000, help="Files a home may hold.").tag(config=True)
    file_size_limit = ByteSpecification(2 << 30, help="Bytes of any one file.").tag(config=True)
    temporary_limit = ByteSpecification(512 << 20, help="Bytes of /tmp, and of /dev/shm.").tag(config=True)
    processes_limit = Integer(256, help="Processes and threads together.").tag(config=True)
    open_files_limit = Integer(4096, help="Open files of any one process.").tag(config=True)
    watch_interval = Float(1.5, help="Seconds between two looks at what a server holds.").tag(config=True)

    running: ledger.Running | None = None
    written: tuple[str, ...] = ()  # the folders besides the home that the server writes
    _watching: asyncio.Task[None] | None = None

    @default("mem_limit")
    def _two_gigabytes(self) -> int:
        return 2 << 30

    @default("homes_dir")
    def _homes(self) -> str:
        return f"{self.state_dir}/homes"

    @default("servers_dir")
    def _servers(self) -> str:
        return str(sockets.folder_for(Path(self.state_dir)))

    @default("doors_dir")
    def _doors_folder(self) -> str:
        return f"{self.state_dir}/run/doors"

    @default("logs_dir")
    def _logs(self) -> str:
        return f"{self.state_dir}/logs/servers"

    @default("notices_dir")
    def _notices(self) -> str:
        return f"{self.state_dir}/notices"

    @default("env_keep")
    def _env_keep_default(self) -> list[str]:
        return ["JUPYTERHUB_SINGLEUSER_APP", "TZ"]

    @default("term_timeout")
    def _ten_seconds(self) -> int:
        return 10

    # -- what stands where ------------------------------------------------------------------------
    @property
    def key(self) -> str:
        """A short name for this server's files."""
        return sockets.short_name(f"{self.user.name}--{self.name}" if self.name else self.user.name)

    @property
    def folder(self) -> Path:
        """Where this server's socket and note are."""
        return Path(self.servers_dir, self.key)

    @property
    def home(self) -> Path:
        """The user's home on this machine."""
        return Path(self.homes_dir, self.user.name)

    @property
    def notice(self) -> Path:
        """Where the user is told why the server was ended."""
        return Path(self.notices_dir, f"{self.user.name}.json")

    @property
    def _overfull(self) -> Path:
        return Path(self.state_dir, "overfull", self.user.name)

    @property
    def _folders(self) -> list[Path]:
        """All that the server writes on this machine."""
        return [self.home, *(path for path in map(Path, self.written) if path.is_dir())]

    @property
    def _group(self) -> str:
        return f"server-{self.key}"

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
    @property
    def _ports(self) -> dict[int, str]:
        return {int(port): str(name) for port, name in self.doors.items()}

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
                    why=trouble.strerror,
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
        argv = [*self.cmd, *self.get_args()]

        group = cgroup.leaf(self._group, memory=self.mem_limit, processes=self.processes_limit)

        def words(*, keep: Iterable[str], inner: dict) -> list[str]:
            return command(
                argv, mounts=mounts, limits=limits, keep=keep, user=self.user.name, home=self.home,
                die_with_parent=False, inner=inner, group=group,
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
        eye = await asyncio.to_thread(watch.Watch, running.first, self._folders, bounds, note=self._overfull)
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
