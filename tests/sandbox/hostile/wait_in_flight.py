"""Keep watches in a few descriptors on their way: fewer than a burst may be."""

import os
import select
import socket
import time

source, _ = os.pipe()
held = [os.dup(source) for _ in range(900)]
near, _far = socket.socketpair()
for _ in range(200):
    instance = select.epoll()
    for one in held:
        instance.register(one)
    socket.send_fds(near, [b"x"], [instance.fileno()])
    instance.close()
for one in held:
    os.close(one)
time.sleep(30)
print("got")
