"""The hub as the campus configures it, for tests: no proxy, and servers that are a file each."""

import os
import sys
from pathlib import Path

import pamela
from jupyterhub.spawner import Spawner
from senolab.operation import settings

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2]))
sys.path.insert(0, str(HERE.parents[1]))
from no_proxy import NoProxy  # noqa: E402

from hub_config import campus, members, pam  # noqa: E402

STATE = Path(os.environ["SENOLAB_STATE"])
members.ROUND = 0.5


class AFile(Spawner):
    """A server that runs as long as its file is there; the tests answer in its place."""

    @property
    def file(self):
        return STATE / "running" / self.user.name

    async def start(self):
        self.file.touch()
        return "127.0.0.1", int(os.environ["TEST_PORT"])

    async def poll(self):
        return None if self.file.exists() else 0

    async def stop(self, now=False):
        if (STATE / "stuck" / self.user.name).exists():
            raise RuntimeError("it does not end")
        self.file.unlink(missing_ok=True)


def pam_knows(name, password, **_):
    if password != os.environ["TEST_WORD"]:
        raise pamela.PAMError(f"this is not the password of {name}")


pamela.authenticate, pamela.check_account = pam_knows, lambda *_, **__: None
pam.AccountsOfTheMachine.system_user_exists = lambda *_: True

config = get_config()  # noqa: F821
told = settings.from_json((STATE / "campus.json").read_text("utf-8"))
names = ("proxy", "campus", "cull", "launcher", *(f"grader-{course}" for course in told.courses))
campus.apply(campus.configuration(told, tokens={name: f"token-of-{name}" for name in names}), config)
config.JupyterHub.proxy_class = NoProxy
config.JupyterHub.spawner_class = AFile
config.JupyterHub.cleanup_servers = False
config.Authenticator.auth_refresh_age = 1  # as if everybody had signed in long ago
