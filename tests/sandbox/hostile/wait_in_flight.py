"""Keep watches in one single descriptor on its way."""

import os
import select
import socket
import time

source, _ = os.pipe()
held = [os.dup(source) for _ in range(900)]
near, _far = socket.socketpair()
instance = select.epoll()
for one in held:
    instance.register(one)
socket.send_fds(near, [b"x"], [instance.fileno()])
instance.close()
for one in held:
    os.close(one)
time.sleep(30)
print("got")
