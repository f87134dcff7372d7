"""The `senolab` command: finds the verb's module and hands over."""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

CHECKOUT = Path(__file__).parents[3]
# Each verb is one module with ``add_parser(subparsers)`` and ``run(args) -> int``.
# A verb's module is loaded only when it is called: `up` must not wait for numba.
VERBS = {
    "up": "serve the campus on this machine",
    "doctor": "check what the machine has and what it lacks",
    "people": "list, add and remove accounts, give new passwords",
    "exams": "make, import, list, show and check exams",
    "course": "check, build, preview and release lessons",
    "grade": "mark what learners handed in",
    "metrics": "figures of reader studies: multi-reader multi-case analysis",
}


class RefusedError(Exception):
    """The request cannot be met; the message is the sentence the person reads."""


def state_folder(told: Path | None, checkout: Path = CHECKOUT) -> Path:
    """Return the folder that keeps everything: as told, else as SENOLAB_STATE says, else the checkout's."""
    return (told or Path(os.environ.get("SENOLAB_STATE") or checkout / ".senolab")).absolute()


def campus_folder(told: Path | None, checkout: Path = CHECKOUT) -> Path:
    """Return the folder that keeps everything, where there is one.

    Raises
    ------
    RefusedError
        Where no campus was started in it yet.
    """
    state = state_folder(told, checkout)
    if not state.is_dir():
        raise RefusedError(
            f"There is no campus in {state}. Start one with ./senolab up, or name its folder with --state."
        )
    return state


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; return the exit status (0 done, 1 refused, 2 wrong words)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name beyond the terminal's alphabet
    words = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="senolab",
        description="A campus for breast-imaging AI.",
        epilog="In a checkout, ./senolab test [--full] [PYTEST ARGUMENTS] runs the tests.",
    )
    subparsers = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    called = next((word for word in words if not word.startswith("-")), None)
    module = None
    for verb, purpose in VERBS.items():
        if verb == called:
            module = import_module(f"senolab.cli.{verb}")
            module.add_parser(subparsers)
        else:
            subparsers.add_parser(verb, help=purpose)
    args = parser.parse_args(words)
    if module is None:  # argparse has answered --help or refused the words already
        return 2
    try:
        return module.run(args)
    except RefusedError as refusal:
        print(f"senolab: {refusal}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        print("senolab: stopped", file=sys.stderr)
        return 1


if __name__ == "__main__":
    # Under `python -m` this file is a second module; the verbs raise the first one's RefusedError.
    sys.exit(import_module("senolab.cli.main").main())
