"""Each user's own server: how it starts, what it sees and what it may use."""

import sys
from typing import Any

from senolab.cli.settings import Settings

MEGA = 1 << 20


def servers(campus: Settings) -> dict[str, dict[str, Any]]:
    """Return how users' servers run: in the sandbox, or visibly without one."""
    spawner: dict[str, Any] = {
        "default_url": "/tree",
        "cmd": [f"{sys.prefix}/bin/jupyterhub-singleuser"],
        "disable_user_config": True,
        "poll_interval": 5,
        "start_timeout": 60,
        "http_timeout": 60,
        "mem_limit": campus.memory_mb * MEGA,
        "environment": {"JUPYTERHUB_SINGLEUSER_APP": "jupyter_server.serverapp.ServerApp"},
    }
    return {"Spawner": spawner, **unprotected(campus)}


def unprotected(campus: Settings) -> dict[str, dict[str, Any]]:
    """Return the spawner without a sandbox, for the one person that an unprotected campus serves."""
    return {
        "JupyterHub": {"spawner_class": "simple"},
        "SimpleLocalProcessSpawner": {"home_dir_template": str(campus.state / "homes" / "{username}")},
    }
