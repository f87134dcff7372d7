"""Keep descriptors in a socket that is itself on its way through another, where no process has it."""

import socket
import time

outer, inner = socket.socketpair(), socket.socketpair()
for _ in range(100):
    socket.send_fds(inner[0], [b"x"], [0])
socket.send_fds(outer[0], [b"x"], [inner[1].fileno()])
inner[1].close()
time.sleep(30)
print("got")
