"""nbgrader's formgrader of one course, behind walls of its own: ``python -m senolab.cli.formgrader COURSE``.

It may write the course's grading folder and nothing else, reaches the hub's API by a relay, and is
reached by the proxy through one listening socket that is handed in. The launcher starts it.
"""

import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from senolab.lessons.shelf import Shelf, write_json
from senolab.sandbox import Limits, Mount, command

from .course_nbgrader import write_config

DOORS = "/run/senolab/doors"
FRESH = 10  # seconds for which the hub's word about a person counts, as at the campus
EXTENSIONS = {
    "nbgrader.server_extensions.formgrader": True,
    "nbgrader.server_extensions.assignment_list": False,
    "nbgrader.server_extensions.course_list": False,
    "nbgrader.server_extensions.validate_assignment": False,
    "senolab.cli.formgrader_links": True,
    "jupyter_lsp": False,
    "jupyter_server_terminals": False,
    "jupyterlab": False,
    "jupyterlab_jupytext": False,
    "notebook": False,
    "notebook_shim": False,
    "senolab.reading.server": False,
    "senolab.sandbox.warden": False,
}
# Its own scripts stand in its pages, so script in a page cannot be forbidden; learners' words are cleaned
# before (`grading.clean`). What a page may do is held here: ask this campus alone, lie in no frame. It also
# keeps nbconvert's formula program, which would come from another host, away: formulas stand as written.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


def server_configuration(root: Path) -> dict[str, dict[str, object]]:
    """Return the server's configuration: formgrader alone, in no frame, with nothing to run or to browse."""
    return {
        "ServerApp": {
            "root_dir": str(root),
            "default_url": "/formgrader",
            "terminals_enabled": False,
            "jpserver_extensions": EXTENSIONS,
            "tornado_settings": {"headers": {"Content-Security-Policy": POLICY}},
        },
        # The hub lets teachers in; formgrader need not ask it who they are, or change its groups.
        "Authenticator": {"plugin_class": "nbgrader.auth.base.NoAuthPlugin"},
        "FileContentsManager": {"delete_to_trash": False},
        "HubOAuth": {"cache_max_age": FRESH},
    }


def words(course: str, shelf: Shelf, surroundings: Mapping[str, str], listener: int) -> list[str]:
    """Return the command that serves formgrader behind walls.

    Parameters
    ----------
    listener
        Descriptor of the listening socket that the proxy dials.
    """
    service = urlsplit(surroundings["JUPYTERHUB_SERVICE_URL"]).port
    hub = urlsplit(surroundings["JUPYTERHUB_API_URL"]).port
    return command(
        [sys.executable, "-P", "-m", "senolab.cli.formgrader_app"],
        mounts=mounts(course, shelf),
        limits=Limits(cpu_seconds=None, wall_seconds=None, file_size=1 << 30, open_files=4096),
        env={
            "JUPYTERHUB_SINGLEUSER_APP": "jupyter_server.serverapp.ServerApp",
            "JUPYTER_CONFIG_PATH": "/etc/jupyter",
            "SENOLAB_CAMPUS": surroundings["SENOLAB_CAMPUS"],
            "SENOLAB_STATE": str(shelf.state),
        },
        keep=[name for name in surroundings if name.startswith("JUPYTERHUB_")],
        user=f"grader-{course}"[:32],
        cwd=str(shelf.grader(course)),
        nesting=True,  # marking builds a sandbox for each submission
        inner={
            "carry": [
                {"fd": listener, "port": service},
                {"port": hub, "path": f"{DOORS}/hub.sock"},
            ]
        },
    )


def mounts(course: str, shelf: Shelf) -> list[Mount]:
    """Return what formgrader sees, made ready: its folder can be written, nbgrader's settings there not."""
    root = shelf.grader(course)
    configuration = shelf.run / f"grader-{course}"
    configuration.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_json(configuration / "jupyter_server_config.json", server_configuration(root))
    keys, releases = shelf.state / "keys" / course, shelf.releases / course
    for folder in (root, keys, releases):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    configs = write_config(root, course)
    return [
        *(Mount(folder, str(folder), writable=folder == root) for folder in (root, keys, releases)),
        *(Mount(path, str(path)) for path in configs),
        Mount(configuration, "/etc/jupyter"),
        Mount(shelf.run / "doors", DOORS),
    ]


def main() -> None:
    """Listen, then become the walled server; leaves only by `execve`."""
    course, shelf = sys.argv[1], Shelf(Path(os.environ["SENOLAB_STATE"]))
    listener = socket.create_server(("127.0.0.1", urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"]).port or 0))
    listener.set_inheritable(True)
    argv = words(course, shelf, os.environ, listener.fileno())
    os.execv(argv[0], argv)  # noqa: S606 - no shell wanted


if __name__ == "__main__":
    main()
