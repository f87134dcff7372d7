"""Outside the wall: open what bubblewrap reads from descriptors, then become bubblewrap.

Runs as ``python -I -S enter.py PLAN`` where PLAN is the JSON text that `walls.command` wrote, so that
one argument list holds the whole sandbox and any ``Popen`` can start it. Loads the standard library only.
"""

import base64
import contextlib
import json
import os
import sys


def main() -> None:
    """Carry out the plan; leaves only by `execve`, or with a sentence and status 125."""
    plan = json.loads(sys.argv[1])
    try:
        join(plan["group"])
        for root, parts in plan["points"]:
            make_point(root, parts)
        options = [plan["bwrap"], *plan["options"]]
        for target, text in plan["files"].items():
            options += ["--ro-bind-data", str(sealed(text.encode())), target]
        if plan["filter"]:
            options += ["--seccomp", str(sealed(base64.b64decode(plan["filter"])))]
        kept = {name: os.environ[name] for name in plan["keep"] if name in os.environ}
        os.execve(plan["bwrap"], [*options, *plan["last"]], {**plan["env"], **kept})  # noqa: S606
    except OSError as trouble:
        print(f"senolab: the sandbox could not be prepared: {trouble}", file=sys.stderr)
        sys.exit(125)


def join(group: str | None) -> None:
    """Move into a control group, and all that this process starts with it; the watch holds it anyway."""
    with contextlib.suppress(OSError):
        if group:
            with open(f"{group}/cgroup.procs", "w") as file:  # noqa: PTH123
                file.write("0")


def sealed(content: bytes) -> int:
    """Return an inheritable descriptor from which `content` (some kB) is read."""
    outlet, inlet = os.pipe()
    os.set_inheritable(outlet, True)
    os.write(inlet, content)
    os.close(inlet)
    return outlet


def make_point(root: str, parts: list[str]) -> None:
    """Make the folders under `root` that something is to be mounted on, never through a link.

    `root` is a folder the sandboxed user writes: a link planted there must not lead a mount, or the
    making of a folder, to another place on this machine.
    """
    here = os.open(root, os.O_PATH | os.O_DIRECTORY)
    for part in parts:
        with contextlib.suppress(FileExistsError):
            os.mkdir(part, 0o700, dir_fd=here)
        below = os.open(part, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


if __name__ == "__main__":
    main()
