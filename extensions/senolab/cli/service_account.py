"""Started as root: everything runs as an account of its own, from a copy of the checkout it can read.

Standard library only. Root installs Debian packages, makes the account and hands files over through a
pipe; it writes nothing into folders that the account controls.
"""

import configparser
import contextlib
import os
import pwd
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from . import install

ACCOUNT, HOME = "senolab", Path("/var/lib/senolab")
APP = HOME / "app"
# What pip, npm and the tests need to know about the way outside, and nothing else of root's surroundings.
PASSED_NAMES = (
    "LANG", "LC_ALL", "TZ", "TERM", "COLUMNS", "NO_COLOR",
    "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
)  # fmt: skip
PASSED_BEGINNINGS = ("PIP_", "npm_config_", "NPM_CONFIG_", "SENOLAB_")
NPM_OPTIONS = ("registry", "cafile", "proxy", "https-proxy", "noproxy", "strict-ssl")
PATHS = ("--state", "--out", "--library")
_SKIPPED = {".git", ".venv", ".senolab", "node_modules", "__pycache__"}


class AccountError(Exception):
    """The service account cannot be used; the message is the sentence the operator reads."""


def ensure() -> pwd.struct_passwd:
    """Return the service account, made now if there is none."""
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        pass
    words = [
        "useradd",
        "--system",
        "--user-group",
        "--home-dir",
        str(HOME),
        "--shell",
        "/usr/sbin/nologin",
        ACCOUNT,
    ]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError:
        raise AccountError(
            f"The program useradd is missing. Make the account by hand: {' '.join(words)}"
        ) from None
    if done.returncode:
        raise AccountError(f"The account {ACCOUNT} cannot be made: {done.stderr.strip()}")
    return pwd.getpwnam(ACCOUNT)


def hand_over(checkout: Path, account: pwd.struct_passwd) -> None:
    """Bring the account's copy of the checkout up to date, deleted files included."""
    HOME.mkdir(mode=0o750, parents=True, exist_ok=True)
    os.chown(HOME, account.pw_uid, account.pw_gid)
    reading, writing = os.pipe()
    receiver = os.fork()
    if receiver == 0:
        status = 1
        try:
            os.close(writing)
            become(account)
            with os.fdopen(reading, "rb") as pipe:
                receive(pipe, APP)
            status = 0
        except OSError as error:
            print(f"senolab: {error.filename or APP}: {error.strerror}", file=sys.stderr)
        finally:
            os._exit(status)
    os.close(reading)
    try:
        with os.fdopen(writing, "wb") as pipe:
            send(checkout, pipe)
    except BrokenPipeError:
        pass  # the receiver has said why
    if os.waitpid(receiver, 0)[1]:
        raise AccountError(f"The copy of {checkout} in {APP} could not be brought up to date.")


def served_from(checkout: Path) -> Path:
    """Return the checkout that is served: as root, the account's copy of this one."""
    return APP if os.geteuid() == 0 else checkout


def has_programs_of(checkout: Path) -> bool:
    """Whether the account's copy holds the programs of this checkout, and not those of an older one."""
    here, there = (
        install.fingerprint((top / "extensions" / "senolab").rglob("*.py"), top) for top in (checkout, APP)
    )
    return here == there


def send(checkout: Path, pipe) -> None:
    """Write the checkout's files to a pipe, links and all."""
    with tarfile.open(fileobj=pipe, mode="w|") as archive:
        for name in files(checkout):
            archive.add(checkout / name, arcname=name, recursive=False)


def receive(pipe, folder: Path) -> None:
    """Write what `send` sends; files that came the last time and no more are removed."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    manifest = folder / ".senolab-files"
    before = set(manifest.read_text("utf-8").splitlines()) if manifest.exists() else set()
    now: set[str] = set()
    with tarfile.open(fileobj=pipe, mode="r|") as archive:
        for entry in archive:
            now.add(entry.name)
            target = folder / entry.name
            if _same(target, entry):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            if entry.issym():
                target.symlink_to(entry.linkname)
            elif content := archive.extractfile(entry):
                target.write_bytes(content.read())
                target.chmod(0o755 if entry.mode & 0o100 else 0o644)
                os.utime(target, (entry.mtime, entry.mtime))
    for name in before - now:
        (folder / name).unlink(missing_ok=True)
    manifest.write_text("\n".join(sorted(now)), "utf-8")


def files(checkout: Path) -> list[str]:
    """Names of the files that belong to the checkout: tracked, or new and not ignored."""
    words = ["git", "-c", "safe.directory=*", "-C", str(checkout)]
    words += ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(words, capture_output=True, check=False)
        names = done.stdout.decode("utf-8", "surrogateescape").split("\0") if done.returncode == 0 else []
    except OSError:
        names = []
    if not names:  # no git, or an unpacked archive
        names = [str(path.relative_to(checkout)) for path in checkout.rglob("*")
                 if not _SKIPPED & set(path.relative_to(checkout).parts)]  # fmt: skip
    return sorted(
        {name for name in names if name and ((checkout / name).is_file() or (checkout / name).is_symlink())}
    )


def become(account: pwd.struct_passwd) -> None:
    """Give root up for good."""
    os.initgroups(account.pw_name, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    os.umask(0o022)


def surroundings(account: pwd.struct_passwd, root: Mapping[str, str]) -> dict[str, str]:
    """Return the account's environment: its own, and of root's only the way to the package indexes."""
    kept = {k: v for k, v in root.items() if k in PASSED_NAMES or k.startswith(PASSED_BEGINNINGS)}
    return {
        "HOME": str(HOME), "USER": account.pw_name, "LOGNAME": account.pw_name, "LANG": "C.UTF-8",
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", **kept,
    }  # fmt: skip


def index_settings(home: Path) -> dict[str, str]:
    """Root's own settings of pip and npm as environment variables: its files are closed to the account."""
    found: dict[str, str] = {}
    reader = configparser.ConfigParser(interpolation=None)
    for path in (home / ".pip/pip.conf", home / ".config/pip/pip.conf"):
        with contextlib.suppress(configparser.Error, OSError):
            reader.read(path, "utf-8")
    for section in ("global", "install"):
        for option, value in reader.items(section) if reader.has_section(section) else ():
            found[f"PIP_{option.upper().replace('-', '_')}"] = " ".join(value.split())
    with contextlib.suppress(OSError):
        for line in (home / ".npmrc").read_text("utf-8").splitlines():
            name, equals, value = line.partition("=")
            if equals and name.strip() in NPM_OPTIONS:
                found[f"npm_config_{name.strip().replace('-', '_')}"] = value.strip()
    return found


def give_folders(words: Iterable[str], account: pwd.struct_passwd) -> list[str]:
    """Make paths in the words absolute, and folders that root just named the account's to write into.

    Raises
    ------
    AccountError
        If the account cannot reach a folder.
    """
    given: list[str] = []
    for word in words:
        option, equals, value = word.partition("=")
        if given and given[-1] in PATHS:
            given.append(str(_given(Path(word), account)))
        elif option in PATHS and equals:
            given.append(f"{option}={_given(Path(value), account)}")
        else:
            given.append(word)
    return given


def _given(path: Path, account: pwd.struct_passwd) -> Path:
    path = path.absolute()
    made = not path.exists()
    if made:
        path.mkdir(parents=True, mode=0o700)
        os.chown(path, account.pw_uid, account.pw_gid)
    elif path.is_dir() and path.stat().st_uid == 0 and not any(path.iterdir()):
        os.chown(path, account.pw_uid, account.pw_gid)
    reachable = subprocess.run(
        ["test", "-w", str(path)], user=account.pw_uid, group=account.pw_gid, extra_groups=[], check=False
    )
    if reachable.returncode:
        if made:
            path.rmdir()
        raise AccountError(
            f"{path} cannot be written by the account {account.pw_name}, as which everything runs. "
            "Name a folder outside of root's home, or leave the option out."
        )
    return path


def _same(target: Path, entry: tarfile.TarInfo) -> bool:
    try:
        status = target.lstat()
    except OSError:
        return False
    return entry.isreg() and status.st_size == entry.size and int(status.st_mtime) == int(entry.mtime)
