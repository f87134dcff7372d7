"""Take memory that no process is charged for."""

import ctypes
import errno
import fcntl
import os
import socket

libc = ctypes.CDLL(None, use_errno=True)
try:
    os.memfd_create("mine")
    print("got memfd")
except OSError as trouble:
    print(trouble)
if libc.shmget(0, 1 << 30, 0o1600) >= 0:
    print("got a segment")
else:
    print(errno.errorcode[ctypes.get_errno()])
socket_ = socket.socketpair()[0]
before = socket_.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
socket_.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
print(
    "got greater buffers"
    if socket_.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) != before
    else "as before"
)
source, sink = os.pipe()
for name, trial in (
    ("a greater pipe", lambda: fcntl.fcntl(sink, 1031, 1 << 20)),
    ("pages of a file in a pipe", lambda: os.splice(os.open("/etc/passwd", os.O_RDONLY), sink, 100)),
    (
        "pages of a file in a socket",
        lambda: os.sendfile(socket_.fileno(), os.open("/etc/passwd", os.O_RDONLY), 0, 9),
    ),
):
    try:
        trial()
        print("got", name)
    except OSError as trouble:
        print(trouble)
