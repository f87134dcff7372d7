"""Keep descriptors on their way, where no process has them."""

import socket
import time

held = [socket.socketpair() for _ in range(20)]
try:
    for number in range(4000):
        socket.send_fds(held[number // 200][0], [b"x"], [0])
    print("got")
except OSError as trouble:
    print("got all", trouble)
time.sleep(60)
