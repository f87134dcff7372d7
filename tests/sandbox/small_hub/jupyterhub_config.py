"""A hub for tests: no password, no proxy, sandboxed servers. Never for people."""

import json
import os
import sys
from pathlib import Path
from typing import ClassVar

from jupyterhub.proxy import Proxy
from senolab.sandbox.spawner import BwrapSpawner
from senolab.sandbox.walls import Mount

STATE = Path(os.environ["SMALL_HUB_STATE"])
PORT = int(os.environ["SMALL_HUB_PORT"])


class NoProxy(Proxy):
    """Keeps the routes in memory: the tests dial what the proxy would."""

    should_start = False
    routes: ClassVar[dict] = {}

    async def add_route(self, routespec, target, data):
        self.routes[routespec] = {"routespec": routespec, "target": target, "data": data}
        (STATE / "routes.json").write_text(json.dumps(self.routes))

    async def delete_route(self, routespec):
        self.routes.pop(routespec, None)

    async def get_all_routes(self):
        return self.routes


def mounts(spawner):
    shown = [Mount(STATE / "material", "/material"), Mount(Path(__file__).parent, "/opt/small")]
    if spawner.user.name == "ines":
        shown.append(Mount(STATE / "courses" / "reading", "/home/ines/courses/reading", writable=True))
    return shown


def command(spawner):
    if spawner.user.name == "real":
        spawner.cmd = [f"{sys.prefix}/bin/jupyterhub-singleuser"]


c = get_config()  # noqa: F821
c.JupyterHub.bind_url = f"http://127.0.0.1:{PORT + 1}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{PORT}"
c.JupyterHub.db_url = f"sqlite:///{STATE}/hub.sqlite"
c.JupyterHub.cookie_secret_file = str(STATE / "cookie_secret")
c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.cleanup_servers = False
c.JupyterHub.services = [{"name": "tester", "api_token": os.environ["SMALL_HUB_TOKEN"]}]
c.JupyterHub.load_roles = [
    {"name": "tester", "services": ["tester"], "scopes": ["admin:users", "admin:servers", "access:servers"]}
]
c.JupyterHub.spawner_class = BwrapSpawner
c.BwrapSpawner.state_dir = str(STATE)
c.BwrapSpawner.doors = {PORT: "hub.sock"}
c.BwrapSpawner.mounts = mounts
c.BwrapSpawner.mem_limit = "700M"
c.BwrapSpawner.disk_limit = "60M"
c.BwrapSpawner.term_timeout = 5
c.Spawner.poll_interval = 2
c.Spawner.cmd = [sys.executable, "/opt/small/server.py"]
c.Spawner.pre_spawn_hook = command
c.Spawner.http_timeout = 120
c.Spawner.start_timeout = 120
c.Spawner.environment = {"JUPYTERHUB_SINGLEUSER_APP": "jupyter_server.serverapp.ServerApp"}
