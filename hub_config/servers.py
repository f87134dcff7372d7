"""Each user's own server: how it starts, what it sees and what it may use."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import senolab
from senolab.lessons.shelf import Shelf
from senolab.operation.settings import Settings
from senolab.sandbox import Mount, home_of

from .settings import service_address

MEGA = 1 << 20
CONFIGURATION = Path(senolab.__file__).parent / "reading" / "jupyter"
TEACHERS, LEARNERS = "formgrade-", "nbgrader-"
TRIED = "/locale"


def servers(campus: Settings) -> dict[str, dict[str, Any]]:
    """Return how users' servers run: behind walls, or visibly without any."""
    spawner: dict[str, Any] = {
        "cmd": [f"{sys.prefix}/bin/jupyterhub-singleuser"],
        "disable_user_config": True,
        "poll_interval": 5,
        "start_timeout": 90,
        "http_timeout": 90,
        "mem_limit": campus.memory_mb * MEGA,
        "environment": environment(campus),
    }
    kind = protected(campus) if campus.protected else unprotected(campus)
    return {"Spawner": spawner, **kind}


def environment(campus: Settings) -> dict[str, str]:
    """Return what every server is told. Inside the walls the campus is on the loopback, by a relay."""
    shelf, tried = Shelf(campus.state), tried_locale()
    return {
        "JUPYTERHUB_SINGLEUSER_APP": "jupyter_server.serverapp.ServerApp",
        "JUPYTER_CONFIG_PATH": "/etc/jupyter" if campus.protected else str(CONFIGURATION / "instructor"),
        "SENOLAB_CAMPUS_URL": f"http://127.0.0.1:{campus.ports.campus}/services/campus",
        "SENOLAB_CAMPUS_PUBLIC_URL": service_address(campus, "campus"),
        "SENOLAB_MATERIAL": "/material" if campus.protected else str(shelf.run / "material"),
        "SENOLAB_LANGUAGE": campus.language,
        "TZ": campus.time_zone,
        **({} if campus.protected else {"SENOLAB_UNPROTECTED": "1"}),
        **({"SENOLAB_LOCALE": TRIED if campus.protected else tried} if tried else {}),
    }


def tried_locale() -> str:
    """Return the folder of the translations that somebody tries before they are shipped, if any."""
    return os.environ.get("SENOLAB_LOCALE", "")


def protected(campus: Settings) -> dict[str, dict[str, Any]]:
    """Return the spawner behind walls: own files, own processes, no network but the two relays."""
    return {
        "JupyterHub": {"spawner_class": "senolab.sandbox.spawner.BwrapSpawner"},
        "BwrapSpawner": {
            "state_dir": str(campus.state),
            "doors": {campus.ports.hub: "hub.sock", campus.ports.campus: "campus.sock"},
            "mounts": shown(campus),
            "disk_limit": campus.disk_mb * MEGA,
            "file_size_limit": campus.file_mb * MEGA,
            "processes_limit": campus.processes,
            "warden": True,
        },
    }


def unprotected(campus: Settings) -> dict[str, dict[str, Any]]:
    """Return the spawner without walls, for the one person that an unprotected campus serves."""
    return {
        "JupyterHub": {"spawner_class": "simple"},
        "SimpleLocalProcessSpawner": {
            "home_dir_template": str(campus.state / "homes" / "{username}"),
            "env_keep": ["PATH", "LANG", "LC_ALL", "TMPDIR"],
        },
    }


def shown(campus: Settings) -> Callable[[Any], list[Mount]]:
    """Return what tells the mounts of one user's server."""

    def of(spawner: Any) -> list[Mount]:
        return mounts(campus, spawner.user.name, [group.name for group in spawner.user.groups])

    return of


def mounts(campus: Settings, user: str, groups: list[str]) -> list[Mount]:
    """Return what a user sees besides the home: her courses' releases, practice exams, a teacher's texts.

    Keys, graded exams' truth, other homes and the gradebook are mounted for nobody.
    """
    shelf = Shelf(campus.state)
    teaches = [course for course in campus.courses if TEACHERS + course in groups]
    learns = [course for course in campus.courses if LEARNERS + course in groups]
    releases = {course: shelf.releases / course for course in sorted({*teaches, *learns})}
    for folder in releases.values():
        folder.mkdir(parents=True, exist_ok=True)
    return [
        *(Mount(folder, f"/material/releases/{course}") for course, folder in releases.items()),
        Mount(shelf.exam_images, "/material/exams"),
        Mount(shelf.exam_truth, "/material/exams-truth"),
        *(
            Mount(shelf.course(course), f"{home_of(user)}/courses/{course}", writable=True)
            for course in teaches
        ),
        *((Mount(Path(tried), TRIED),) if (tried := tried_locale()) else ()),
        Mount(CONFIGURATION / ("instructor" if teaches else "learner"), "/etc/jupyter"),
    ]
