"""The campus as a Tornado application."""

from typing import Any

from jupyterhub.services.auth import HubOAuth
from tornado import web

from . import api, learning, teaching
from .campus import Campus
from .pages import LOOK, STATIC
from .web import Callback, Frame, Missing, Static


class Health(Frame):
    """Tells the launcher that the campus answers."""

    def get(self) -> None:
        """Answer."""
        self.finish({"ok": True})


class SignOut(Frame):
    """Forgets at the campus who signed in, then leads to the hub, which ends the session.

    What the hub said of a person counts here for some seconds: without this the next one at the same
    computer would be taken for the last.
    """

    def get(self) -> None:
        """Answer with the way to the hub."""
        self.application.settings["hub_auth"].clear_cookie(self)
        self.redirect(f"{self.campus.settings.hub}logout")


def make_app(campus: Campus, hub_auth: HubOAuth) -> web.Application:
    """Put the campus's routes together.

    Parameters
    ----------
    campus
        What the handlers work with.
    hub_auth
        The connection to the hub that signs people in.
    """
    prefix = campus.settings.prefix
    routes: list[Any] = [
        (prefix + route, handler)
        for route, handler in (
            *learning.ROUTES,
            *teaching.ROUTES,
            *api.ROUTES,
            ("oauth_callback", Callback),
            ("sign-out", SignOut),
            ("health", Health),
        )
    ]
    routes.append((prefix + r"static/(tokens\.css|night\.css)", Static, {"path": str(LOOK)}))
    routes.append((prefix + r"static/(.+)", Static, {"path": str(STATIC)}))
    routes.append((prefix.rstrip("/"), web.RedirectHandler, {"url": prefix}))
    # xsrf_cookies must be a keyword of its own: inside a `settings` mapping Tornado would not see it.
    return web.Application(
        routes,
        default_handler_class=Missing,
        xsrf_cookies=True,
        cookie_secret=campus.keyring.cookie,
        compress_response=True,
        campus=campus,
        hub_auth=hub_auth,
        log_function=_quiet,
    )


def _quiet(_handler: web.RequestHandler) -> None:
    """Write no line for each request: who read what is nobody's business."""
