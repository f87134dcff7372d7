"""The lesson page's part of a learner's Jupyter server: opens lessons, hands out images, hands in.

One switch turns it on (``"senolab.reading.server": true`` among a server's extensions). It then brings
the page's browser extension along, wherever the package is installed.
"""

from pathlib import Path
from typing import Any

from jupyter_server.utils import url_path_join

from .server_images import ImageHandler
from .server_lesson import HandInHandler, StateHandler
from .server_opening import OpenHandler
from .server_pages import AboutHandler, IndexHandler, WithSkeleton, unprotected
from .server_preview import PreviewHandler, PreviewStateHandler

EXTENSION = Path(__file__).parent / "labextension"
_LESSON = r"(?P<course>[^/]+)/(?P<lesson>[^/]+)"


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "senolab.reading.server"}]


def _link_jupyter_server_extension(serverapp: Any) -> None:
    """Tell JupyterLab and Notebook where the page's extension lies, before they load."""
    apps = {app for group in serverapp.extension_manager.extension_apps.values() for app in group}
    for app in apps:
        known = getattr(app, "extra_labextensions_path", None)
        if known is not None and str(EXTENSION) not in known:
            app.extra_labextensions_path = [*known, str(EXTENSION)]


def _load_jupyter_server_extension(serverapp: Any) -> None:
    """Add the routes under ``<base_url>senolab/``."""
    web_app = serverapp.web_app
    base = url_path_join(web_app.settings["base_url"], "senolab")
    routes = [
        ("/?", IndexHandler),
        ("/about", AboutHandler),
        (f"/open/{_LESSON}", OpenHandler),
        (f"/preview/{_LESSON}", PreviewHandler),
        (f"/preview-state/{_LESSON}", PreviewStateHandler),
        ("/dicom/(?P<path>.+)", ImageHandler),
        ("/lesson", StateHandler),
        ("/handin", HandInHandler),
    ]
    web_app.add_handlers(".*$", [(base + route, handler) for route, handler in routes])
    if warning := unprotected():  # JupyterLab and Notebook hand this on to their pages
        web_app.settings.setdefault("page_config_data", {})["senolabUnprotected"] = warning
    notebook = web_app.settings.get("notebook_jinja2_env")
    if notebook is not None:
        notebook.loader = WithSkeleton(notebook.loader)
    if not EXTENSION.is_dir():
        serverapp.log.warning("The lesson page is not built: run `npm ci && npm run build` in the checkout.")
