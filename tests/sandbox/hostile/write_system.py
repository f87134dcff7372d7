"""Write to the system, to Python, to this package, to the folders round the home."""

import os
import sys

places = [
    "/",
    "/usr",
    "/usr/bin",
    "/etc",
    "/dev",
    "/run",
    "/run/senolab",
    "/home",
    "/var",
    "/proc",
    "/proc/sys/kernel",
]
places += [sys.prefix, f"{sys.prefix}/bin", *[path for path in os.environ["PACKAGES"].split(":") if path]]
for place in places:
    try:
        open(os.path.join(place, "planted"), "w").close()
        print("got", place)
    except OSError as trouble:
        print(trouble)
for path in ("/etc/passwd", "/run/senolab/inside.py", "/etc/hosts", "/usr/bin/env", sys.executable):
    for way in (lambda: open(path, "a"), lambda: os.chmod(path, 0o777), lambda: os.rename(path, path + "x")):
        try:
            way()
            print("got", path)
        except OSError as trouble:
            print(trouble)
