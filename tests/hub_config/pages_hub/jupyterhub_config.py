"""A hub for tests that shows its pages: our templates and settings, native sign-up, servers of three kinds.

Ben's never gets ready, Dora's never ends, Carla's and, later, Finn's cannot start. There is no proxy:
browsers come to the hub.
"""

import asyncio
import os
import sys
from pathlib import Path

from jupyterhub.spawner import Spawner, SpawnException
from nativeauthenticator.orm import UserInfo
from senolab.operation.accounts import Account
from senolab.operation.settings import Ports, Settings

sys.path.insert(0, str(Path(__file__).parents[3]))
sys.path.insert(0, str(Path(__file__).parents[2]))
from no_proxy import NoProxy

from hub_config import settings
from hub_config.native import SignUpFirst

STATE, PORT = Path(os.environ["PAGES_HUB_STATE"]), int(os.environ["PAGES_HUB_PORT"])
HERE = f"http://127.0.0.1:{PORT}"
AGES = 600  # seconds; no test waits that long


class Anybody(SignUpFirst):
    """Lets in whoever has signed up; no operator is here to let somebody in."""

    def people(self):
        names = [row.username for row in self.db.query(UserInfo)]
        return {name: Account(name, name, "learner", ()) for name in names}


def refusal() -> SpawnException:
    """Say why, as the campus's own spawner does."""
    sentence = "Your session cannot start on this machine just now."
    told = SpawnException(sentence, reason="sandbox", status_code=503)
    told.jupyterhub_message = sentence
    return told


class ByName(Spawner):
    """A server that is none."""

    up = False

    async def start(self):
        if self.user.name == "ben":
            await asyncio.sleep(AGES)
        if self.user.name in ("carla", "finn"):
            await asyncio.sleep(0 if self.user.name == "carla" else 3)
            raise refusal()
        self.up = True
        return "127.0.0.1", PORT  # the hub itself answers whoever asks whether it is ready

    async def stop(self, now=False):
        if self.up:
            await asyncio.sleep(AGES)

    async def poll(self):
        return None if self.up else 0


c = get_config()  # noqa: F821
campus = Settings(
    state=STATE,
    checkout=STATE,
    address=HERE,
    subdomains=False,
    authenticator="native",
    ports=Ports(hub=PORT, proxy=0, campus=0),
)
for name, value in settings.hub(campus, {"proxy": "none"})["JupyterHub"].items():
    setattr(c.JupyterHub, name, value)
c.JupyterHub.bind_url = "http://127.0.0.1:9"
c.JupyterHub.db_url = f"sqlite:///{STATE}/hub.sqlite"
c.JupyterHub.cookie_secret_file = str(STATE / "cookie_secret")
c.JupyterHub.cleanup_servers = False
c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.spawner_class = ByName
c.JupyterHub.authenticator_class = Anybody
c.Authenticator.any_allow_config = True
c.NativeAuthenticator.open_signup = True
c.NativeAuthenticator.minimum_password_length = 12
