"""What a campus consists of: the processes that the launcher starts, with their words and surroundings."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from senolab.operation.addresses import host_label
from senolab.operation.settings import Settings

from .processes import MARK

# What a child keeps of the launcher's surroundings. No proxy settings: nothing here talks to other hosts.
KEPT = (
    "HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SENOLAB_LOCALE", "TMPDIR", "TZ", "USER", "XDG_RUNTIME_DIR",
)  # fmt: skip


@dataclass(frozen=True)
class Child:
    """One process to start and keep alive.

    Attributes
    ----------
    after
        A loopback port that must answer before this one starts, or 0.
    once
        Whether it comes to an end by itself and is not started again.
    late
        Whether it can wait until the campus is open, which is then open sooner.
    piped
        Whether its log is written by the launcher: it fails where it cannot write, as on a full disk.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    after: int = 0
    once: bool = False
    late: bool = False
    piped: bool = False


def children(
    campus: Settings, tokens: Mapping[str, str], *, node: str, surroundings: Mapping[str, str]
) -> list[Child]:
    """Return everything that runs while the campus does, in the order of starting."""
    common = {k: v for k, v in surroundings.items() if k in KEPT}
    common |= {MARK: str(campus.state), "SENOLAB_STATE": str(campus.state)}
    common |= {"SENOLAB_LANGUAGE": campus.language}
    common |= {} if campus.protected else {"SENOLAB_UNPROTECTED": "1"}
    common |= {"PYTHONUNBUFFERED": "1", "NO_PROXY": "*"}
    python = (sys.executable, "-P", "-m")
    told = {
        name: common | service_surroundings(campus, name, port, tokens) for name, port in services(campus)
    }
    at_campus = told.pop("campus")
    configuration = campus.checkout / "hub_config" / "jupyterhub_config.py"
    return [
        Child(
            "proxy",
            proxy_words(campus, node),
            common | {"CONFIGPROXY_AUTH_TOKEN": tokens["proxy"]},
            piped=True,
        ),
        *(Child(f"relay-{name}", (*python, *words), common) for name, words in relays(campus)),
        Child(
            "hub",
            (*python, "jupyterhub", "--config", str(configuration)),
            common | {"PYTHONPATH": str(campus.checkout)},
            after=campus.ports.proxy,
        ),
        Child(
            "campus",
            (*python, "senolab.portal"),
            at_campus | {"SENOLAB_TIME_ZONE": campus.time_zone},
        ),
        Child(
            "marking", (*python, "senolab.grading.worker", "--state", str(campus.state)), common, late=True
        ),
        *(
            Child(
                name,
                (*python, "senolab.cli.formgrader", name.removeprefix("grader-")),
                environment | {"JUPYTERHUB_USER": name, "SENOLAB_CAMPUS": at_campus["JUPYTERHUB_PUBLIC_URL"]},
                late=True,
            )
            for name, environment in told.items()
        ),
        Child("cull", culler_words(campus), common | hub_surroundings(campus, tokens["cull"]), late=True),
    ]


def services(campus: Settings) -> list[tuple[str, int]]:
    """Return name and port of what people reach; a formgrader only where it can be walled off."""
    graders = sorted(campus.ports.graders.items()) if campus.protected else []
    return [("campus", campus.ports.campus), *((f"grader-{course}", port) for course, port in graders)]


def relays(campus: Settings) -> list[tuple[str, tuple[str, ...]]]:
    """Return name and words of the doors between users' servers and this machine."""
    ways = (("hub", campus.ports.hub, "/hub/api/"), ("campus", campus.ports.campus, "/services/campus/api/"))
    doors = campus.state / "run" / "doors"
    return [
        (name, ("senolab.sandbox.relay", str(doors / f"{name}.sock"), str(port), "--only", path))
        for name, port, path in (ways if campus.protected else ())
    ]


def proxy_words(campus: Settings, node: str) -> tuple[str, ...]:
    """Return the proxy's command. Unknown host names go to the hub, which leads to the right one."""
    hub = f"http://127.0.0.1:{campus.ports.hub}"
    words = [
        node, str(campus.checkout / "node_modules/configurable-http-proxy/bin/configurable-http-proxy"),
        "--ip", campus.host, "--port", str(campus.port),
        "--api-ip", "127.0.0.1", "--api-port", str(campus.ports.proxy),
        "--default-target", hub, "--error-target", f"{hub}/hub/error", "--log-level", "warn",
    ]  # fmt: skip
    if campus.subdomains:
        words.append("--host-routing")
    if campus.tls:
        words += ["--ssl-key", campus.tls_key, "--ssl-cert", campus.tls_certificate]
    return tuple(words)


def culler_words(campus: Settings) -> tuple[str, ...]:
    """Return the culler's command: it stops servers that nobody used for a while; the work stays."""
    seconds = campus.idle_minutes * 60
    return (
        sys.executable, "-P", "-m", "jupyterhub_idle_culler",
        f"--timeout={seconds}", f"--cull-every={max(60, seconds // 10)}", f"--url=http://127.0.0.1:{campus.ports.hub}/hub/api",
    )  # fmt: skip


def hub_surroundings(campus: Settings, token: str) -> dict[str, str]:
    """Return what a service needs in order to talk to the hub."""
    return {
        "JUPYTERHUB_API_URL": f"http://127.0.0.1:{campus.ports.hub}/hub/api",
        "JUPYTERHUB_API_TOKEN": token,
    }


def service_surroundings(campus: Settings, name: str, port: int, tokens: Mapping[str, str]) -> dict[str, str]:
    """Return what JupyterHub would tell a service that it started itself."""
    access = json.dumps([f"access:services!service={name}"])
    # The hub compares it, letter by letter, with its own, which is a path alone where all is one origin.
    callback_origin = public_origin(campus, name) if campus.subdomains else ""
    told = hub_surroundings(campus, tokens[name]) | {
        "JUPYTERHUB_SERVICE_NAME": name,
        "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{port}",
        "JUPYTERHUB_SERVICE_PREFIX": f"/services/{name}/",
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_CLIENT_ID": f"service-{name}",
        "JUPYTERHUB_HOST": campus.public if campus.subdomains else "",
        "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{callback_origin}/services/{name}/oauth_callback",
        "JUPYTERHUB_OAUTH_SCOPES": access,
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": access,
        "JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES": "[]",
        "JUPYTERHUB_PUBLIC_URL": f"{public_origin(campus, name)}/services/{name}/",
        "JUPYTERHUB_PUBLIC_HUB_URL": f"{campus.public}/hub/",
    }
    if campus.secure:
        told["JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED"] = "1"
    return told


def public_origin(campus: Settings, name: str) -> str:
    """Scheme and host under which people reach a service."""
    parts = urlsplit(campus.public)
    return f"{parts.scheme}://{host_label(name)}.{parts.netloc}" if campus.subdomains else campus.public


def nice(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the same command, giving way to everything else."""
    return ("nice", "-n", "10", *words) if os.name == "posix" else words
