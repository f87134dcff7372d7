"""What runs beside the hub; the launcher starts and watches it, so that either may restart alone."""

from collections.abc import Mapping
from typing import Any

from senolab.operation.settings import Settings

from .roles import LEARN, TEACH


def services(campus: Settings, tokens: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Declare the services: the campus, one formgrader a course, the culler and the launcher."""
    return {
        "JupyterHub": {
            "services": [
                campus_service(campus, tokens["campus"]),
                *(grader(campus, course, tokens[f"grader-{course}"]) for course in graded(campus)),
                {"name": "cull", "api_token": tokens["cull"]},
                {"name": "launcher", "api_token": tokens["launcher"]},
            ]
        }
    }


def graded(campus: Settings) -> list[str]:
    """Return the courses that have a formgrader: all of them where it can be walled off."""
    return sorted(campus.ports.graders) if campus.protected else []


def campus_service(campus: Settings, token: str) -> dict[str, Any]:
    """Declare the campus: people sign in to it as learners, and as teachers where they teach."""
    return {
        "name": "campus",
        "url": f"http://127.0.0.1:{campus.ports.campus}",
        "api_token": token,
        "oauth_no_confirm": True,
        "oauth_client_allowed_scopes": [LEARN, TEACH, "read:users:name!user", "read:users:groups!user"],
        "display": False,
    }


def grader(campus: Settings, course: str, token: str) -> dict[str, Any]:
    """Nbgrader's formgrader of one course, for those who teach it."""
    return {
        "name": f"grader-{course}",
        "url": f"http://127.0.0.1:{campus.ports.graders[course]}",
        "api_token": token,
        "oauth_no_confirm": True,
        "display": False,
        "timeout": 1,  # it starts when the campus is open; nobody waits for it before
    }
