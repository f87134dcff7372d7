"""nbgrader's formgrader as a server that does nothing else: no files, no kernels, no terminals.

``python -m senolab.cli.formgrader_app`` runs inside the walls that `formgrader` builds. Only teachers of
the course get past the hub's sign-in.
"""

from jupyter_server.serverapp import ServerApp

SERVICES = ("api", "auth", "security")


def main() -> None:
    """Serve formgrader's pages until told to stop."""
    setattr(ServerApp, "default_services", SERVICES)  # noqa: B010 - its type says exactly all of them
    from jupyterhub.singleuser import extension

    extension.main()


if __name__ == "__main__":
    main()
