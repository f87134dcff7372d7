"""What an operator sets for the spawner, and where the files of one server stand."""

from pathlib import Path

from jupyterhub.spawner import LocalProcessSpawner
from jupyterhub.traitlets import ByteSpecification, Callable
from traitlets import Bool, Dict, Float, Integer, List, Unicode, Union, default

from senolab.sandbox import sockets, watch


class BwrapPlaces(LocalProcessSpawner):
    """Settings and places of one user's server; it starts nothing."""

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
    warden = Bool(
        False, help="Whether servers close themselves to their kernels (`senolab.sandbox.warden`)."
    ).tag(config=True)
    watch_interval = Float(
        watch.INTERVAL,
        help="Seconds between two looks at what a server holds. With more, one that fills the disk may run "
        "longer than `watch.PROMISED`.",
    ).tag(config=True)

    written: tuple[str, ...] = ()  # the folders besides the home that the server writes

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
    def _group(self) -> str:
        return f"server-{self.key}"

    @property
    def _folders(self) -> list[Path]:
        """All that the server writes on this machine."""
        return [self.home, *(path for path in map(Path, self.written) if path.is_dir())]

    @property
    def _ports(self) -> dict[int, str]:
        return {int(port): str(name) for port, name in self.doors.items()}
