"""Use up what the kernel counts by account, or for the whole machine."""

import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
intel = os.uname().machine == "x86_64"
word = ctypes.create_string_buffer(b"queue")
found = ctypes.c_ulong()
calls = {
    "inotify": ((294, 26), 0),
    "io_setup": ((206, 0), 64, ctypes.byref(found)),
    "mq_open": ((240, 180), word, os.O_CREAT | os.O_RDWR, 0o600, None),
    "add_key": ((248, 217), b"user", b"name", b"text", 4, -3),
}
for name, (numbers, *arguments) in calls.items():
    result = libc.syscall(numbers[0 if intel else 1], *arguments)
    print(f"got {name}" if result >= 0 else errno.errorcode[ctypes.get_errno()])
timers = 0
while libc.syscall(222 if intel else 107, 1, None, ctypes.byref(ctypes.c_int())) == 0 and timers < 2000:
    timers += 1
print("got timers" if timers == 2000 else f"{timers} timers")
