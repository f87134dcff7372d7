"""The operator's settings: how one campus runs, as `settings.json` says.

Standard library only: the launcher reads settings before anything is installed.
"""

import contextlib
import ipaddress
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from .checks import OPERATORS, SettingsError, check, check_types

# Their addresses are campus.<domain>, ...: nobody may sign in under such a name.
RESERVED_NAMES = ("campus", "hub", "launcher", "cull", "www", "api", "proxy")
NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")


@dataclass(frozen=True)
class Ports:
    """Loopback ports of one campus that only its own processes use."""

    hub: int
    proxy: int
    campus: int
    graders: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """How one campus runs. Sizes are MiB, times are minutes.

    Attributes
    ----------
    state, checkout
        The folder that keeps everything, and the one that holds the product.
    host, port
        Where the proxy listens. Anything but loopback demands TLS and a real authenticator.
    address
        What people type, ``http://localhost:8000`` unless told.
    subdomains
        An origin of its own for every user and service; off where the address is a bare IP number.
    accept_one_shared_origin
        The operator's word that a campus which other machines reach may do without these origins.
    time_zone
        Where the campus stands, e.g. ``Europe/Brussels``. What is released from then on is due by its
        clock; a reader sees her own.
    language
        Of everything that learners and teachers read; the courses keep their own.
    scale, release_first
        Size of the exams that the first release of a lesson draws, and whether a start makes that of the
        lessons that are shipped.
    protected
        False where no sandbox works: then one person only is served, and every page says so.
    """

    state: Path
    checkout: Path
    host: str = "127.0.0.1"
    port: int = 8000
    address: str = ""
    subdomains: bool = True
    accept_one_shared_origin: bool = False
    tls_certificate: str = ""
    tls_key: str = ""
    authenticator: str = "passwords"
    courses: tuple[str, ...] = ()
    scale: str = "class"
    release_first: bool = True
    protected: bool = True
    time_zone: str = "UTC"
    language: str = "en"
    idle_minutes: int = 60
    servers: int = 60
    memory_mb: int = 2048
    processes: int = 256
    file_mb: int = 1024
    disk_mb: int = 4096
    ports: Ports = field(default_factory=lambda: Ports(hub=8081, proxy=8082, campus=8083))

    @property
    def loopback(self) -> bool:
        """Whether the campus listens to this machine alone."""
        return is_loopback(self.host)

    @property
    def alone(self) -> bool:
        """Whether nobody on another machine comes in, not even through a reverse proxy."""
        return self.loopback and is_loopback(urlsplit(self.public).hostname or "")

    @property
    def shared(self) -> bool:
        """Whether other machines reach a campus on which everybody has the same origin."""
        return not self.alone and not self.subdomains

    @property
    def tls(self) -> bool:
        """Whether the proxy itself speaks https."""
        return bool(self.tls_certificate)

    @property
    def public(self) -> str:
        """The address that people type, without a slash at its end."""
        return self.address.rstrip("/") or f"{'https' if self.tls else 'http'}://localhost:{self.port}"

    @property
    def secure(self) -> bool:
        """Whether browsers reach the campus by https."""
        return self.public.startswith("https://")


def is_loopback(host: str) -> bool:
    """Whether a host is reachable from this machine only."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read(state: Path, checkout: Path, **overrides: Any) -> Settings:
    """Return settings of a state folder: the defaults, then ``settings.json``, then `overrides`.

    Raises
    ------
    SettingsError
        Naming the file, the setting and the mend.
    """
    path = state / "settings.json"
    written: dict[str, Any] = {}
    if path.exists():
        try:
            written = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"{path} cannot be read as JSON ({error}). Mend it, or delete it to start from the defaults."
            ) from None
    if not isinstance(written, dict):
        raise SettingsError(f'{path} must hold one JSON object, like {{"port": 8000}}.')
    for name in written:
        if name not in OPERATORS:
            raise SettingsError(f"{path}: there is no setting {name!r}. There are: {', '.join(OPERATORS)}.")
    check_types(Settings(state=state, checkout=checkout, **written))  # what an option hides is read later
    chosen = written | {name: value for name, value in overrides.items() if value is not None}
    return check(Settings(state=state, checkout=checkout, **chosen))


def zone(state: Path, checkout: Path, *, clock: str = "") -> ZoneInfo:
    """Return the campus's time zone, in which lessons are due.

    Parameters
    ----------
    clock
        What this process's own clock shows (``TZ``). It counts where no settings are in sight: in a teacher's
        server the hub has set it to the campus's zone.

    Raises
    ------
    SettingsError
        As `read` does.
    """
    if clock and not (state / "settings.json").exists():
        with contextlib.suppress(KeyError, ValueError, OSError):
            return ZoneInfo(clock)
    return ZoneInfo(read(state, checkout).time_zone)


def speak(state: Path, checkout: Path) -> None:
    """Have this process and what it starts speak the campus's language, unless it was told another.

    Raises
    ------
    SettingsError
        As `read` does.
    """
    if not os.environ.get("SENOLAB_LANGUAGE"):
        os.environ["SENOLAB_LANGUAGE"] = read(state, checkout).language


def to_json(settings: Settings) -> str:
    """Write the effective settings of a run, as the hub's configuration reads them back."""
    plain = asdict(settings) | {"state": str(settings.state), "checkout": str(settings.checkout)}
    return json.dumps(plain, indent=2)


def from_json(text: str) -> Settings:
    """Undo `to_json`."""
    plain = json.loads(text)
    plain["state"], plain["checkout"] = Path(plain["state"]), Path(plain["checkout"])
    plain["courses"], plain["ports"] = tuple(plain["courses"]), Ports(**plain["ports"])
    return Settings(**plain)
