"""Names of hosts: each service of the campus has an origin of its own."""

import hashlib
import re

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9]|-(?!-)){0,61}(?<!-)", re.ASCII)
_MADE = re.compile(
    r"-[0-9a-f]{8}$", re.ASCII
)  # how a name made here ends: nobody's own name may pass for one


def host_label(service: str) -> str:
    """Return the first part of a service's host: its name where it may stand in one, else one made of it.

    A course may be called ``my_course``; a host may not. Hub, campus and launcher ask here, so that a link
    leads where the hub routes.
    """
    if _LABEL.fullmatch(service) and not _MADE.search(service):
        return service
    readable = re.sub(r"[^a-z0-9]+", "-", service.lower())[:50].strip("-")
    return f"{readable or 'course'}-{hashlib.sha256(service.encode()).hexdigest()[:8]}"
