"""A process of ours that starts what nobody trusts: closed to it, while all of that stays in sight.

Two processes are so: the one that runs the notebook of a submission (`job.run`), and a user's Jupyter
server, whose kernels run under the same account as it and which holds what her browsers brought along. A
server becomes one by its extension ``"senolab.sandbox.warden": true``.
"""

import ctypes
import sys
from typing import Any

from senolab.sandbox import syscalls

_DUMPABLE = 4  # prctl


def become() -> bool:
    """Close this process's memory, environment and descriptors to others of its account, for good.

    What it starts from now on is open, and cannot close itself (`syscalls.open_to_sight`): such a wish is
    said to be granted, and is not. So `holdings` sees all but the warden.

    Returns
    -------
    bool
        False where the processor or the kernel has no such filter; nothing happens off Linux.
    """
    if sys.platform != "linux":
        return False
    ctypes.CDLL(None).prctl(_DUMPABLE, 0, 0, 0, 0)
    return syscalls.stay_in_sight()


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "senolab.sandbox.warden"}]


def _load_jupyter_server_extension(_: Any) -> None:
    """Close the server before its first kernel starts."""
    become()
