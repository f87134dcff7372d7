"""How a Jupyter server must be started to show lessons as pages: its environment, in one place.

On a hub the spawner gives a user's server ``environment("learner", ...)``; without a hub::

    python -m senolab.reading.server_environment learner MATERIAL jupyter notebook
"""

import os
import sys
from pathlib import Path
from typing import Literal

Role = Literal["learner", "instructor"]
CONFIGURATION = Path(__file__).parent / "jupyter"


def environment(
    role: Role,
    *,
    material: Path | str,
    campus: str | None = None,
    public: str | None = None,
) -> dict[str, str]:
    """Return the environment of a server.

    ``JUPYTER_CONFIG_PATH`` goes before every other place of configuration, the user's own included;
    ``/etc/jupyter`` would come after the environment's, which switches nbgrader's panels on.

    Parameters
    ----------
    role
        Whose server it is.
    material
        Folder with ``releases/``, as the server sees it.
    campus
        The campus's address inside the server's sandbox; None where there is no campus.
    public
        The campus's address in the browser.
    """
    told = {"JUPYTER_CONFIG_PATH": str(CONFIGURATION / role), "SENOLAB_MATERIAL": str(material)}
    if campus:
        told["SENOLAB_CAMPUS_URL"] = campus
    if public:
        told["SENOLAB_CAMPUS_PUBLIC_URL"] = public
    return told


def main(words: list[str]) -> int:
    """Become a server without a hub: ROLE MATERIAL COMMAND..."""
    if len(words) < 3 or words[0] not in ("learner", "instructor"):
        print("Say whose server it is (learner or instructor), its material, and a command.", file=sys.stderr)
        return 2
    role: Role = "learner" if words[0] == "learner" else "instructor"
    return os.execvpe(words[2], words[2:], os.environ | environment(role, material=Path(words[1]).resolve()))  # noqa: S606


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
