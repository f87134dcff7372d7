"""Reach named and abstract Unix sockets of the machine."""

import os
import socket

for path in (
    "\0" + os.environ["ABSTRACT"],
    os.environ["NAMED"],
    "/run/docker.sock",
    "/run/dbus/system_bus_socket",
):
    try:
        socket.socket(socket.AF_UNIX).connect(path)
        print("got", path)
    except OSError as trouble:
        print(trouble)
