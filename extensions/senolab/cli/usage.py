"""What `./senolab VERB --help` says before anything is installed. Standard library only."""

from .main import VERBS

# These tell their own words without any package.
STANDING_ALONE = ("up", "doctor", "people")
TEST = (
    "usage: senolab test [--full] [PYTEST ARGUMENTS]\n\n"
    "Installs what the suite needs and runs it, the whole of it on up to four cores. --full fails where a\n"
    "test was skipped although the machine could have been made to run it, and tells the slowest tests."
)


def plain(verb: str) -> str:
    """Return what can be said about a verb whose own words need the packages."""
    return (
        f"usage: senolab {verb} ...\n\n"
        f"{VERBS[verb].capitalize()}.\n\n"
        "Its words can be told once this Senolab is installed. ./senolab up installs it and serves the\n"
        f"campus; after that ./senolab {verb} --help tells them."
    )
