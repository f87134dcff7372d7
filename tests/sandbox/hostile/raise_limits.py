"""Raise one's own limits."""

import resource

for name in ("NPROC", "DATA", "FSIZE", "NOFILE", "CPU", "CORE"):
    number = getattr(resource, f"RLIMIT_{name}")
    try:
        resource.setrlimit(number, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print("got", name)
    except (OSError, ValueError) as trouble:
        print(trouble)
