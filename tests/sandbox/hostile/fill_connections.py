"""Keep memory in few connections, whose buffers the kernel lets grow."""

import contextlib
import socket
import time

door = socket.create_server(("127.0.0.1", 0))
held = []
for _ in range(150):
    caller = socket.create_connection(door.getsockname())
    callee = door.accept()[0]
    caller.setblocking(False)
    for _ in range(200):  # one that reads a little has the kernel enlarge what waits for it
        with contextlib.suppress(BlockingIOError):
            while True:
                caller.send(bytes(1 << 18))
        callee.recv(1 << 14)
    held.append((caller, callee))
print("got", len(held), flush=True)
time.sleep(60)
