"""The operator's settings: what `settings.json` may say, checked before anything starts.

Standard library only: the launcher reads settings before anything is installed.
"""

import contextlib
import ipaddress
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from senolab.words import languages

AUTHENTICATORS = ("passwords", "pam", "native")
SCALES = ("ci", "binder", "class")
# Their addresses are campus.<domain>, ...: nobody may sign in under such a name.
RESERVED_NAMES = ("campus", "hub", "launcher", "cull", "www", "api", "proxy")
SHARED = "everybody shares one origin, so that a learner's page can act as the teacher who opens it"
NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")


class SettingsError(ValueError):
    """A setting that cannot work; the message is the sentence the operator reads."""


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


# What an operator may write; the rest is found out at each start.
OPERATORS = (
    "host", "port", "address", "subdomains", "accept_one_shared_origin", "tls_certificate", "tls_key",
    "authenticator", "scale", "release_first", "time_zone", "language", "idle_minutes", "servers",
    "memory_mb", "processes", "file_mb", "disk_mb",
)  # fmt: skip


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


def check(settings: Settings) -> Settings:
    """Return settings that can work, or a sentence that says which one cannot."""
    _check_types(settings)
    if not 0 < settings.port < 65536:
        raise SettingsError(f"port is {settings.port}; a port is a number from 1 to 65535.")
    for name, values in (("authenticator", AUTHENTICATORS), ("scale", SCALES)):
        if getattr(settings, name) not in values:
            raise SettingsError(
                f"{name} is {getattr(settings, name)!r}; it must be one of {', '.join(values)}."
            )
    try:
        ZoneInfo(settings.time_zone)
    except (KeyError, ValueError, OSError):
        raise SettingsError(f"time_zone is {settings.time_zone!r}; write it like Europe/Brussels.") from None
    if settings.language not in languages():
        raise SettingsError(
            f"language is {settings.language!r}, which nobody has translated yet; "
            f"there are: {', '.join(languages())}."
        )
    address = urlsplit(settings.public)
    if address.scheme not in ("http", "https") or not address.hostname or address.path.strip("/"):
        raise SettingsError(
            f"address is {settings.address!r}; write it like https://campus.example.org, without a path."
        )
    _check_tls(settings)
    if not settings.alone:
        _check_open(settings)
    # A bare number has no names below it.
    found = replace(settings, subdomains=settings.subdomains and not _is_number(address.hostname))
    _check_origins(found)
    return found


def _check_types(settings: Settings) -> None:
    """Refuse a setting of another kind than its default, such as a port in quotation marks."""
    kinds = {f.name: type(getattr(_EXAMPLE, f.name)) for f in fields(Settings)}
    words = {bool: "true or false", int: "a whole number", str: "a text in quotation marks"}
    for name in OPERATORS:
        value, kind = getattr(settings, name), kinds[name]
        if type(value) is not kind:
            raise SettingsError(f"{name} is {value!r}; it must be {words[kind]}.")
        if kind is int and value < 1:
            raise SettingsError(f"{name} is {value}; it must be 1 or more.")


def _check_tls(settings: Settings) -> None:
    """Both files of TLS, readable, or neither."""
    for name, other in (("tls_certificate", "tls_key"), ("tls_key", "tls_certificate")):
        value = getattr(settings, name)
        if value and not getattr(settings, other):
            raise SettingsError(f"{name} is given, but {other} is not; TLS needs both.")
        if value:
            try:
                Path(value).read_bytes()
            except OSError as error:
                raise SettingsError(f"{name} is {value}, which cannot be read: {error.strerror}.") from None


def _check_open(settings: Settings) -> None:
    """Refuse what is not safe where other machines can reach the campus."""
    if not settings.loopback and not settings.tls:
        raise SettingsError(
            f"host is {settings.host}, which other machines can reach: "
            "give tls_certificate and tls_key, or leave host at 127.0.0.1."
        )
    if settings.authenticator == "passwords":
        where = f"address is {settings.address}" if settings.loopback else f"host is {settings.host}"
        raise SettingsError(
            f"{where}, which other machines can reach: "
            'choose the authenticator "pam" or "native"; the generated passwords are for one machine.'
        )
    if urlsplit(settings.public).scheme != "https":
        raise SettingsError(
            f"address is {settings.address}, which other machines can reach: passwords must not travel "
            "unencrypted, so it has to begin with https."
        )
    if not settings.address:
        raise SettingsError(
            f"host is {settings.host}: give the address that people type, like https://campus.example.org."
        )


def _check_origins(settings: Settings) -> None:
    """Refuse that everybody shares one origin, unless the operator has said that it may be so."""
    if not settings.shared or settings.accept_one_shared_origin:
        return
    number = _is_number(urlsplit(settings.public).hostname)
    what = f"address is {settings.address}, a bare number" if number else "subdomains is false"
    raise SettingsError(
        f"{what}, and other machines can reach it: {SHARED}. Give the campus a name, with a wildcard DNS "
        'entry for everything below it, like "address": "https://campus.example.org" with the entries '
        "campus.example.org and *.campus.example.org. To do without this wall all the same, write "
        '"accept_one_shared_origin": true.'
    )


def _is_number(host: str | None) -> bool:
    try:
        ipaddress.ip_address(host or "")
    except ValueError:
        return False
    return True


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


_EXAMPLE = Settings(state=Path(), checkout=Path())
