"""Reach services of the machine and the world outside."""

import os
import socket

for place in (("127.0.0.66", int(os.environ["PORT"])), ("127.0.0.1", 22), ("10.0.0.1", 80), ("1.1.1.1", 53)):
    try:
        with socket.create_connection(place, 2):
            print("got", place)
    except OSError as trouble:
        print(trouble)
try:
    print("got", socket.getaddrinfo("example.org", 80))
except OSError as trouble:
    print(trouble)
print([name for _, name in socket.if_nameindex()])
