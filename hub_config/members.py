"""Who belongs to the campus, and in which groups: what ``people.json`` says, at every moment.

JupyterHub asks an authenticator when somebody signs in, and now and then when she comes back with a cookie.
That would leave a person who was removed her tokens and her running server, and a teacher who became a
learner the server that her teacher's folders are shown in. So a round looks at the file every two seconds.
"""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

from jupyterhub import orm
from jupyterhub.auth import Authenticator
from jupyterhub.utils import maybe_future
from senolab.operation import accounts
from tornado.ioloop import PeriodicCallback
from traitlets import Bool, Tuple, Unicode, default

ROUND = 2.0  # seconds between two looks at the file


class Members(Authenticator):
    """What all our authenticators share; one that comes beside it in a class only tells who somebody is."""

    people_file = Unicode(config=True, help="people.json of the campus")
    courses = Tuple(config=True, help="ids of the courses that the campus offers")
    only_one = Bool(False, config=True, help="let only the first instructor in, as teacher and learner")

    _seen: tuple[int, ...] | None = ()  # what the file looked like when the last round was done
    _held: dict[
        str, set[str]
    ]  # everybody's groups at that time; more, until a server that shows more has ended
    _known: dict[str, accounts.Account] | None = None  # who stood in the file when it could last be read

    @default("manage_groups")
    def _groups_come_from_the_file(self) -> bool:
        return True

    @default("allow_existing_users")
    def _having_been_here_is_no_ticket(self) -> bool:
        return False

    @default("auth_refresh_strict")
    def _a_token_is_no_ticket_either(self) -> bool:
        return True

    def people(self) -> dict[str, accounts.Account]:
        """Return who belongs to the campus just now; from a damaged or lost file, whoever did before.

        Raises
        ------
        AccountsError
            For a damaged file of which nothing is known yet: nobody comes in by it, under no name.
        """
        try:
            found = accounts.read(Path(self.people_file))
        except accounts.AccountsError:
            if self._known is None:
                raise
        else:
            if found or self._stamp():  # an empty file may be meant, a lost one is not
                self._known = found
        people = self._known or {}
        return accounts.alone(people, self.courses) if self.only_one else people

    def member(self, name: str) -> dict[str, Any] | None:
        """Return what the hub is told about one of them; None for anybody else."""
        account = self.people().get(name)
        return {"name": name, "groups": account.groups(self.courses)} if account else None

    def check_allowed(self, username: str, authentication: Any = None) -> bool:  # noqa: ARG002
        """Let in whom the file names."""
        return username in self.people()

    async def authenticate(self, handler: Any, data: dict[str, str]) -> dict[str, Any] | None:
        """Return name and groups of whom the other authenticator knows and the file names."""
        name = await maybe_future(super().authenticate(handler, data))
        return self.member(self.normalize_username(name)) if name else None

    async def refresh_user(self, user: Any, handler: Any = None) -> dict[str, Any] | bool:  # noqa: ARG002
        """Sign out whoever is no longer in the file; keep the others' groups fresh.

        Of a file that is damaged since before the hub began, nothing is known: everybody stays as she is.
        """
        try:
            told = self.member(user.name)
        except accounts.AccountsError as slip:
            self.log.error("%s Until then everybody keeps what she has.", slip)
            return True
        if told is None:
            self._seen = ()  # she signed in while she was removed: the next round takes back what she got
        return told or False

    # -- the round ------------------------------------------------------------------------------------
    def get_handlers(self, app: Any) -> list[tuple[str, Any]]:
        """Begin the rounds, now that the hub is about to serve; return what the other authenticator has."""
        self._held = {row.name: {group.name for group in row.groups} for row in app.db.query(orm.User)}
        self._rounds = PeriodicCallback(lambda: self.look(app), ROUND * 1000)
        self._rounds.start()
        return super().get_handlers(app)

    async def look(self, app: Any) -> None:
        """Bring the hub up to the file where that has changed; a round that breaks off is taken up again."""
        seen = self._stamp()
        if seen == self._seen:
            return
        self._seen = seen
        if slip := self._slip():  # nobody is turned out for a slip of the operator's pen
            self.log.error("%s Until then everybody keeps what she has.", slip)
            return
        done = False
        try:
            done = await self._bring_up(app)
        except Exception:
            self.log.exception("Not everybody could be given her groups; this is tried again.")
            app.db.rollback()
        finally:
            self._seen = self._seen if done else ()

    def _slip(self) -> str:
        """Return what is wrong with the file, if anything."""
        if self._stamp() is None:
            return f"{self.people_file} is gone. Put it back, or stop the campus to begin without it."
        try:
            accounts.read(Path(self.people_file))
        except accounts.AccountsError as trouble:
            return str(trouble)
        return ""

    async def _bring_up(self, app: Any) -> bool:
        """Give everybody her groups; end what others have left. False if something could not be done yet."""
        given = {name: set(one.groups(self.courses)) for name, one in self.people().items()}
        done, leaving = True, {}
        # Rights are taken from all before the first server is waited for.
        for name, row in [(str(row.name), row) for row in app.db.query(orm.User)]:
            groups = given.get(name)
            try:
                if self._give(app, row, groups):
                    leaving[name] = groups or set()
            except Exception:
                self.log.exception("The groups of %s cannot be changed.", name)
                app.db.rollback()
                done = False
        ended = await asyncio.gather(*(self._end(app, name, groups) for name, groups in leaving.items()))
        return done and all(ended)

    def _give(self, app: Any, row: orm.User, groups: set[str] | None) -> bool:
        """Give a person her groups, None for nobody's; tell whether what her server shows is too much now."""
        # Of both: whoever has just signed in has her new groups already, or was never seen by a round.
        user, name = app.users[row], str(row.name)
        had = self._held.get(name, set()) | {group.name for group in row.groups}
        lost = had - (groups or set())
        user.sync_groups(sorted(groups or ()))
        if groups is None:
            sign_out(app.db, user)
        app.db.commit()
        self._held[name] = (groups or set()) | lost
        return groups is None or bool(lost)

    async def _end(self, app: Any, name: str, groups: set[str]) -> bool:
        """End a person's servers: what they show was decided when they started. False if they run on."""
        try:
            ended = await end_servers(app, app.users[name])
        except Exception:
            self.log.exception("The server of %s cannot be ended.", name)
            return False
        if ended:
            self._held[name] = groups
        return ended

    def _stamp(self) -> tuple[int, ...] | None:
        with contextlib.suppress(OSError):
            status = Path(self.people_file).stat()
            return status.st_ino, status.st_mtime_ns, status.st_size
        return None


def sign_out(db: Any, user: Any) -> None:
    """Make every cookie and token of a person worthless."""
    user.orm_user.cookie_id = orm.new_token()
    for ticket in (*user.orm_user.api_tokens, *user.orm_user.oauth_codes):
        db.delete(ticket)


async def end_servers(app: Any, user: Any) -> bool:
    """End a person's servers; return False where one is just starting or ending and has to be waited for."""
    done = True
    for name, spawner in [(one.name, one) for one in user.all_spawners()]:
        if isinstance(spawner, orm.Spawner):  # none runs, or a hub that has just started has not looked yet
            done = done and spawner.server is None
        elif spawner.pending:
            done = False
        elif spawner.active:
            await app.proxy.delete_user(user, name)
            await user.stop(name)
    return done
