"""Hide watches in a socket on its way through another; take them out and hide them again, over and over."""

import os
import select
import socket
import time

source, _ = os.pipe()
held = [os.dup(source) for _ in range(900)]
near, far = socket.socketpair()
for _ in range(100):
    instance = select.epoll()
    for one in held:
        instance.register(one)
    socket.send_fds(near, [b"x"], [instance.fileno()])
    instance.close()
for one in held:
    os.close(one)
until = time.monotonic() + 30
while time.monotonic() < until:
    outer = socket.socketpair()
    socket.send_fds(outer[0], [b"x"], [far.fileno()])
    far.close()
    time.sleep(0.8)
    far = socket.socket(fileno=socket.recv_fds(outer[1], 1, 1)[1][0])
    for one in outer:
        one.close()
    fresh = socket.socketpair()
    for _ in range(100):
        instance = socket.recv_fds(far, 1, 1)[1][0]
        socket.send_fds(fresh[0], [b"x"], [instance])
        os.close(instance)
    near.close()
    far.close()
    near, far = fresh
print("got")
