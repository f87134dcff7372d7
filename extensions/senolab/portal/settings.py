"""Where the campus listens, where its state lies, and where the hub is."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from senolab.operation.addresses import host_label


class SettingsError(Exception):
    """The campus cannot start; the message is the sentence the operator reads."""


@dataclass(frozen=True)
class Settings:
    """How one campus runs.

    Attributes
    ----------
    state
        The state folder.
    host, port
        Where the service listens.
    prefix
        Path of the campus, with a slash at both ends.
    hub
        Address of the hub's pages for links, ending in a slash: ``/hub/``, or with the host where users
        have subdomains of their own.
    base
        Address of everything behind the proxy, ending in a slash.
    public
        The campus's own address in a browser, ending in a slash; empty where it is not known.
    zone
        Time zone for readers whose browser has not told its own.
    unprotected
        Whether users' servers run without a sandbox, which every page then says.
    """

    state: Path
    host: str = "127.0.0.1"
    port: int = 8090
    prefix: str = "/services/campus/"
    hub: str = "/hub/"
    base: str = "/"
    public: str = ""
    zone: str = "UTC"
    unprotected: bool = False

    def user_redirect(self, path: str) -> str:
        """Return the hub's address that leads a person to a page of her own server."""
        return f"{self.hub}user-redirect/{path}"

    def grader(self, course: str) -> str:
        """Return the address of nbgrader's formgrader of a course.

        Where services have hosts of their own, the course's is named like the campus's.
        """
        path = f"{self.base}services/grader-{course}/formgrader/"
        parts = urlsplit(self.public)
        label, _, domain = parts.netloc.partition(".")
        if label != "campus" or not domain:
            return path
        return f"{parts.scheme}://{host_label(f'grader-{course}')}.{domain}{urlsplit(path).path}"


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings that the hub hands to its service.

    Raises
    ------
    SettingsError
        If a variable is missing or cannot be read.
    """
    state = environ.get("SENOLAB_STATE")
    if not state:
        raise SettingsError("SENOLAB_STATE is not set; it names the state folder.")
    missing = [
        name
        for name in ("JUPYTERHUB_API_TOKEN", "JUPYTERHUB_API_URL", "JUPYTERHUB_CLIENT_ID")
        if not environ.get(name)
    ]
    if missing:
        raise SettingsError(f"{', '.join(missing)} not set; the hub sets them when it starts the campus.")
    host, port = _address(environ.get("JUPYTERHUB_SERVICE_URL", ""))
    base = environ.get("JUPYTERHUB_BASE_URL") or "/"
    outside = environ.get("JUPYTERHUB_HOST", "").rstrip("/")
    return Settings(
        state=Path(state).absolute(),
        host=host,
        port=port,
        prefix="/" + (environ.get("JUPYTERHUB_SERVICE_PREFIX") or "services/campus").strip("/") + "/",
        hub=f"{outside}{base.rstrip('/')}/hub/",
        base=f"{outside}{base.rstrip('/')}/",
        public=environ.get("JUPYTERHUB_PUBLIC_URL", ""),
        zone=_zone(environ.get("SENOLAB_TIME_ZONE") or "UTC"),
        unprotected=environ.get("SENOLAB_UNPROTECTED") == "1",
    )


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme != "http" or not parts.hostname or not port:
        raise SettingsError(f"JUPYTERHUB_SERVICE_URL is {url!r}; it must be like http://127.0.0.1:10101")
    return parts.hostname, port


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError) as problem:
        raise SettingsError(f"No time zone is called {name!r}; try Europe/Brussels.") from problem
