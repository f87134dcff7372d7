"""What every request shares: headers, sign-in, language, pages, errors."""

import asyncio
import errno
import json
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from jupyterhub.services.auth import HubOAuthCallbackHandler, HubOAuthenticated
from tornado import web

from senolab.words import gettext, marked

from . import words as language
from .campus import Campus
from .people import Person, person
from .refusal import RefusedError

CONTENT_SECURITY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
SENTENCES = {
    400: marked("The campus did not understand this request."),
    403: marked("This page is not yours to see. If it should be, ask your teacher to add you to the course."),
    404: marked("There is no such page. The address may be mistyped, or the lesson may have moved."),
    405: marked("This page cannot be used in this way."),
    413: marked("This is too large to send."),
    429: marked("Too many requests at once. Please wait a moment and try again."),
    500: marked("Something went wrong on the campus. Nothing you handed in is lost. Please try again."),
    507: marked(
        "The disk of the campus is full. Nothing you handed in is lost. Please tell whoever runs the campus, "
        "and try again later."
    ),
    502: marked("The hub does not answer. Please try again in a minute."),
}


class Frame(web.RequestHandler):
    """Headers, language and error pages; no sign-in."""

    def set_default_headers(self) -> None:
        """Set what protects every answer."""
        for name, value in HEADERS.items():
            self.set_header(name, value)
        self.set_header("Cache-Control", "no-store")
        self.clear_header("Server")

    @property
    def campus(self) -> Campus:
        """The campus that this request is made to."""
        return self.application.settings["campus"]

    @cached_property
    def words(self) -> language.Words:
        """The reader's notation and clock."""
        locale = language.variant(self.request.headers.get("Accept-Language", ""))
        zone = language.zone(
            unquote(self.get_cookie("senolab-zone") or "") or None, self.campus.settings.zone
        )
        return language.Words(locale, zone, datetime.now(UTC))

    def page(self, template: str, **values: Any) -> None:
        """Write a page."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(self.campus.pages.render(template, self.at_hand() | values))

    def at_hand(self) -> dict[str, Any]:
        """Return what every page knows of the request that it answers."""
        return {
            "words": self.words,
            "me": getattr(self, "me", None),
            "here": self.request.path,
            "url": self.campus.address,
            "xsrf": lambda: self.xsrf_token.decode("ascii"),
            "course_title": self.campus.releases.course_title,
        }

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Tell in a sentence what went wrong; never a traceback."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        self.page("problem.html", status=status_code, sentence=self.sentence(status_code, error))

    def sentence(self, status: int, error: BaseException | None) -> str:
        """Return what the person reads about an error."""
        if isinstance(error, RefusedError):
            return gettext(error.message, **error.values)
        if status >= 500 and _disk_full(error):
            status = 507
        return gettext(SENTENCES.get(status) or SENTENCES[500 if status >= 500 else 400])

    def _handle_request_exception(self, error: BaseException) -> None:
        if isinstance(error, RefusedError) and not self._finished:
            self.set_status(error.status)
            self.write_error(error.status, exc_info=(type(error), error, error.__traceback__))
            return
        super()._handle_request_exception(error)

    async def aside(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Run blocking work in a thread, so that nobody else waits for it."""
        return await asyncio.get_running_loop().run_in_executor(self.campus.threads, work, *arguments)


class Page(HubOAuthenticated, Frame):
    """A page for people who are signed in at the hub."""

    me: Person

    def initialize(self) -> None:
        """Use the application's own connection to the hub."""
        self.hub_auth = self.application.settings["hub_auth"]

    async def prepare(self) -> None:
        """Find out who asks; send people who are not signed in to the hub's sign-in."""
        await _finished(super().prepare())
        await self.hub_auth.get_user(self, sync=False)  # asked here without blocking, cached for below
        model = self.current_user
        if self._finished:
            return
        if model is None:
            if self.request.method not in {"GET", "HEAD"}:
                raise RefusedError(
                    marked("You are not signed in any more. Open the campus again and repeat this step."),
                    status=403,
                )
            self.redirect(self.get_login_url())
            return
        if model.get("kind", "user") != "user":
            raise web.HTTPError(403)
        self.me = person(model, self.campus.names.of(str(model["name"])))
        self.campus.pace.take(self.me.name, "read")

    def check_xsrf_cookie(self) -> None:
        """Refuse a form that was not made by this campus for this sign-in, with a sentence."""
        try:
            super().check_xsrf_cookie()
        except web.HTTPError as error:
            raise RefusedError(
                marked("This form is out of date. Go back, reload the page and send it again."), status=403
            ) from error

    def learns(self, course: str) -> None:
        """Refuse whoever is no learner of a course."""
        if course not in self.me.learns:
            raise RefusedError(
                marked("You are not enrolled in this course. Ask its teacher to add you."), status=403
            )

    def teaches(self, course: str) -> None:
        """Refuse whoever is no teacher of a course."""
        if course not in self.me.teaches:
            raise RefusedError(marked("This page is for the teachers of the course."), status=403)

    def address(self, *parts: str) -> str:
        """Return the path of a page of the campus."""
        return self.campus.address(*parts)


class Callback(Frame, HubOAuthCallbackHandler):
    """Where the hub sends people back after they signed in."""

    def initialize(self) -> None:
        """Use the application's own connection to the hub."""
        self.hub_auth = self.application.settings["hub_auth"]

    def sentence(self, status: int, error: BaseException | None) -> str:
        """Return what the person reads about an error."""
        if status in {400, 403}:
            return gettext("Signing in did not finish, perhaps because it was begun twice. Please try again.")
        return super().sentence(status, error)


class Missing(Frame):
    """Any address that no page has."""

    def prepare(self) -> None:
        """Answer each method in the same way."""
        raise web.HTTPError(404)

    def check_xsrf_cookie(self) -> None:
        """Nothing is changed here."""


class Static(web.StaticFileHandler):
    """The campus's own style and scripts; an address with its version is kept for good."""

    def set_default_headers(self) -> None:
        """Set what protects every answer."""
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def get_cache_time(self, *_about: Any) -> int:
        """Return for how many seconds a browser may keep the file."""
        return 31_536_000 if self.get_query_argument("v", None) else 0

    def write_error(self, status_code: int, **_kwargs: Any) -> None:
        """Tell the status alone."""
        self.finish(f"{status_code}\n")


class Api(Frame):
    """An answer in JSON to a learner's server, which shows its token.

    Cookies open nothing here, so that a page in a browser cannot act on a learner's behalf; that is
    why these routes need no token against forged forms.
    """

    me: Person
    most_bytes = 512 * 1024

    def check_xsrf_cookie(self) -> None:
        """Nothing to check: see the class."""

    async def prepare(self) -> None:
        """Find out whose server asks."""
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        hub = self.application.settings["hub_auth"]
        model = None
        if scheme.lower() in {"token", "bearer"} and token.strip():
            model = await hub.user_for_token(token.strip(), sync=False)
        if model is None or model.get("kind", "user") != "user":
            raise RefusedError(marked("The campus does not know who asks. Sign in again."), status=403)
        if not hub.check_scopes(hub.access_scopes, model):
            raise RefusedError(marked("You may not use this campus. Ask your teacher."), status=403)
        self.me = person(model)
        self.campus.pace.take(self.me.name, "read")
        if len(self.request.body) > self.most_bytes:
            raise RefusedError(marked("This is too large to send."), status=413)

    def learns(self, course: str) -> None:
        """Refuse whoever is no learner of a course."""
        if course not in self.me.learns:
            raise RefusedError(marked("You are not enrolled in this course."), status=403)

    def asked(self, *names: str) -> list[str]:
        """Return arguments of the address that must be there."""
        values = [self.get_query_argument(name, "") for name in names]
        for name, value in zip(names, values, strict=True):
            if not value:
                raise RefusedError(marked("%(name)s is missing."), name=name)
        return values

    def told(self, value: Any) -> None:
        """Write an answer."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps(value))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Tell in a sentence what went wrong."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        self.told({"error": self.sentence(status_code, error)})


def _disk_full(error: BaseException | None) -> bool:
    """Whether a disk without room is the reason, for Python or for the database."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL:
            return True
        error = error.__cause__ or error.__context__
    return False


async def _finished(outcome: Awaitable[None] | None) -> None:
    if outcome is not None:
        await outcome
