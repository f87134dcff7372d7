"""What `./senolab` does before `.venv` exists: packages, the service account, the install, the tests.

Standard library only; everything else is the verbs' own business.
"""

import argparse
import errno
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from senolab.sandbox import delegation

from . import install, machine, main, service_account, usage

# Programs, and the Debian packages that bring them.
TO_SERVE = {"bwrap": "bubblewrap"}
TO_TEST = {
    **TO_SERVE,
    "chromium": "chromium",
    "dciodvfy": "dicom3tools",
    "ip": "iproute2",
    "storescp": "dcmtk",
}
# More than four would want more memory than a laptop has.
_ON_SEVERAL_CORES = ("--numprocesses=auto", "--maxprocesses=4", "--dist=loadfile")
_CHANGED = "SENOLAB_CHANGED"  # tells the second Python that it is the second


def run(words: Sequence[str], checkout: Path) -> int:
    """Run one call of `./senolab`; return its exit status."""
    try:
        return _run(list(words), checkout)
    except (install.InstallError, service_account.AccountError, main.RefusedError) as refusal:
        print(f"senolab: {refusal}", file=sys.stderr)
        return 1
    except OSError as error:
        where = error.filename or checkout
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        words = install.disk_full(where) if full else f"{where}: {error.strerror}"
        print(f"senolab: {words}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("senolab: stopped; start again and it goes on from here", file=sys.stderr)
        return 1


def _run(words: list[str], checkout: Path) -> int:
    verb = next((word for word in words if not word.startswith("-")), None)
    if verb == "doctor":
        _change_to_what_serves(words, checkout)
    if verb in (*main.VERBS, "test") and {"-h", "--help"} & set(words):
        return _explain(verb, words, checkout)
    if verb not in (*main.VERBS, "test") or verb == "doctor":
        return main.main(words)
    if verb in ("people", "grade"):
        _look_for_campus(verb, words, checkout)
    needed = TO_TEST if verb == "test" else TO_SERVE
    if verb in ("up", "test"):
        install_packages(needed)
        if scoped := delegation.scoped([sys.executable, str(checkout / "senolab"), *words]):
            os.execv(scoped[0], scoped)  # noqa: S606 - this same process, with control groups of its own
    if os.geteuid() == 0:
        return _as_service_account(words, checkout)
    python = machine.interpreter()
    if python is None:
        raise main.RefusedError(
            f"A Python with venv is missing. Type: {machine.install_line(['python3', 'python3-venv'])}"
        )
    installed = install.Install(checkout, python)
    installed.finish("dev" if verb == "test" else "hub")
    return _hand_over_to(installed.command, words, checkout)


def _look_for_campus(verb: str, words: list[str], checkout: Path) -> None:
    """Refuse a verb that works on a campus where there is none, before anything is installed for it."""
    parser = argparse.ArgumentParser(prog=f"senolab {verb}", add_help=False)
    parser.add_argument("--state", type=Path)
    if verb == "grade":
        parser.add_argument("--course-dir")
    parser.set_defaults(course_dir=None)
    told, _ = parser.parse_known_args(words)
    if told.course_dir is None:  # marking does without a campus in a folder of nbgrader's own
        main.campus_folder(told.state, service_account.served_from(checkout))


def _change_to_what_serves(words: list[str], checkout: Path) -> None:
    """As root, go on by the Python that serves: by another version an install seems out of date."""
    python = machine.interpreter(65534, 65534) if os.geteuid() == 0 else None
    if python and _CHANGED not in os.environ and not Path(python).samefile(sys.executable):
        _become(Path(python), [str(checkout / "senolab"), *words], {**os.environ, _CHANGED: "1"})


def _explain(verb: str, words: list[str], checkout: Path) -> int:
    """Tell the words of a verb, by the install where they need one; nothing is installed for that."""
    if verb in usage.STANDING_ALONE:
        return main.main(words)
    if verb == "test":
        print(usage.TEST)
        return 0
    root, place = os.geteuid() == 0, service_account.served_from(checkout)
    installed = install.Install(place, sys.executable)
    foreign = root and not service_account.has_programs_of(checkout)
    if foreign or {"venv", "python-hub"} & set(installed.missing("hub")):
        print(usage.plain(verb))
        return 0
    surroundings = dict(os.environ)
    if root:  # what an account installed is that account's to run
        account = service_account.ensure()
        surroundings = service_account.surroundings(account, surroundings)
        service_account.become(account)
        os.chdir(place)
    return _hand_over_to(installed.command, words, place, surroundings)


def _hand_over_to(
    python: Path, words: list[str], checkout: Path, surroundings: dict[str, str] | None = None
) -> int:
    """Become the installed command, so that signals reach it directly."""
    sys.stdout.flush()
    sys.stderr.flush()
    if words[0] == "test":
        os.chdir(checkout)
        full = {"SENOLAB_FULL": "1"} if "--full" in words else {}
        _become(python, ["-m", "pytest", *_for_pytest(words[1:])], {**os.environ, **full})
    # -P: what lies in the folder that somebody happens to stand in is not to be imported.
    _become(python, ["-P", "-m", "senolab.cli.main", *words], surroundings or dict(os.environ))
    return 1


def _for_pytest(words: Sequence[str]) -> list[str]:
    """Return pytest's arguments; the whole suite runs on several cores, each file on one of them."""
    whole = all(word.startswith("-") for word in words)
    given = ["--durations=10" if word == "--full" else word for word in words]
    return [*(_ON_SEVERAL_CORES if whole else ()), *given]


def _become(python: Path, words: list[str], surroundings: dict[str, str]) -> None:
    os.execve(python, [str(python), *words], surroundings)  # noqa: S606 - no shell wanted


def install_packages(programs: dict[str, str]) -> None:
    """Install the Debian packages that are missing where this account may; else say the line to type."""
    packages = missing_packages(programs)
    if not packages:
        return
    before = machine.may_install()
    line = machine.install_line(packages)
    if before is None:
        print(f"senolab: missing: {', '.join(packages)}. Type: {line}", file=sys.stderr)
        return
    print(f"senolab: installing {', '.join(packages)} with apt-get", file=sys.stderr, flush=True)
    # On a new machine something else may just be installing; and its lists of packages may be empty.
    words = [
        *before,
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "-qq",
        "-y",
        "-o",
        "DPkg::Lock::Timeout=120",
    ]
    for step in (["update"], ["install", "--no-install-recommends", *packages]):
        done = subprocess.run(
            [*words, *step], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    if done.returncode:
        why = next(reversed(done.stderr.strip().splitlines()), "it did not say why")
        print(f"senolab: apt-get could not install them ({why}). Type: {line}", file=sys.stderr)


def missing_packages(programs: dict[str, str]) -> list[str]:
    """Return Debian packages to install: for programs that are not there, and for an interpreter."""
    packages = [package for program, package in programs.items() if not machine.find(program)]
    account = os.geteuid() == 0
    if machine.interpreter(*((65534, 65534) if account else ())) is None:
        packages += ["python3", "python3-venv"]
    return sorted(set(packages))


def _as_service_account(words: list[str], checkout: Path) -> int:
    """Go on as the service account, in its copy of the checkout; nothing below runs as root."""
    account = service_account.ensure()
    python = machine.interpreter(account.pw_uid, account.pw_gid)
    if python is None:
        raise main.RefusedError(
            f"No Python that the account {account.pw_name} can run has venv. Type: "
            f"{machine.install_line(['python3', 'python3-venv'])}"
        )
    words = service_account.give_folders(words, account)
    service_account.hand_over(checkout, account)
    surroundings = service_account.surroundings(
        account, {**service_account.index_settings(Path.home()), **os.environ}
    )
    if "test" in words:  # what lies beside the checkout does not lie beside its copy
        surroundings["SENOLAB_CHECKOUT_ORIGIN"] = str(checkout)
    where = Path.cwd()
    sys.stdout.flush()
    sys.stderr.flush()
    delegation.prepare(owner=(account.pw_uid, account.pw_gid))
    service_account.become(account)
    os.chdir(where if os.access(where, os.X_OK | os.R_OK) and where != checkout else service_account.APP)
    _become(Path(python), [str(service_account.APP / "senolab"), *words], surroundings)
    return 1
