"""Who may do what: custom scopes and roles with the least rights."""

from typing import Any

from senolab.operation.settings import Settings

LEARN, TEACH = "custom:campus:learn", "custom:campus:teach"
# What a user's own server may do with its token: tell that it is alive, let its owner in, and act as
# a learner at the campus. Never teach: what runs in a teacher's notebook is not the teacher.
SERVER = ["users:activity!user", "access:servers!server", "access:services!service=campus", LEARN]


def roles(campus: Settings) -> dict[str, dict[str, Any]]:
    """Return scopes, and roles for everybody, each course's teachers, the services and users' servers."""
    return {
        "JupyterHub": {
            "custom_scopes": custom_scopes(),
            "extra_user_scopes": [LEARN, "access:services!service=campus"],
            "load_roles": [
                *(teachers(course) for course in campus.courses),
                {"name": "server", "scopes": SERVER},
                culler_role(),
                launcher_role(),
            ],
        },
        "Spawner": {
            "server_token_scopes": SERVER,
            # What a browser brings along to its owner's server comes where her notebooks run. The hub lets
            # it say who she is and enter there, whatever stands here; "self" would be all she may, anywhere.
            "oauth_client_allowed_scopes": [],
        },
    }


def custom_scopes() -> dict[str, dict[str, Any]]:
    """Return the campus's own scopes. Which course they are good for, the groups say."""
    return {
        LEARN: {"description": "Work through the lessons of one's courses"},
        TEACH: {
            "description": "Teach one's courses: release lessons, mark, see answers",
            "subscopes": [LEARN],
        },
    }


def teachers(course: str) -> dict[str, Any]:
    """Teachers of a course: the campus's pages for teachers, and nbgrader's of that course alone."""
    return {
        "name": f"teach-{course}",
        "description": f"Teach {course}",
        "groups": [f"formgrade-{course}"],
        "scopes": [TEACH, f"access:services!service=grader-{course}"],
    }


def culler_role() -> dict[str, Any]:
    """Let the culler see who was active when, and stop servers."""
    return {
        "name": "cull",
        "services": ["cull"],
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    }


def launcher_role() -> dict[str, Any]:
    """Let the launcher tell the hub to write its routes again after the proxy was restarted."""
    return {"name": "launcher", "services": ["launcher"], "scopes": ["proxy"]}
