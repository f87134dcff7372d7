"""Have descriptors that are not listed: a thread's own, those of a process closed to sight."""

import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
intel = os.uname().machine == "x86_64"
stack = ctypes.create_string_buffer(1 << 16)
for name, call, arguments in (
    ("a thread's own", (56, 220), (0x10900, ctypes.byref(stack, 1 << 15), 0, 0, 0)),  # THREAD, SIGHAND, VM
    ("a closed range's", (436, 436), (1000, 1001, 2)),
):
    result = libc.syscall(call[0 if intel else 1], *arguments)
    print(f"got {name}" if result >= 0 else errno.errorcode[ctypes.get_errno()])
print(libc.prctl(4, 0, 0, 0, 0), "and still", libc.prctl(3, 0, 0, 0, 0))
