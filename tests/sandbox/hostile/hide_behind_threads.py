"""Take memory in processes whose first thread has ended: their numbers then tell nothing."""

import ctypes
import os
import threading
import time

libc = ctypes.CDLL(None)


def take() -> None:
    time.sleep(1)  # until the first thread has ended
    held = b"x" * (100 << 20)
    time.sleep(8)
    print("got", len(held), flush=True)


for _ in range(9):
    if os.fork() == 0:
        threading.Thread(target=take).start()
        libc.syscall(60 if os.uname().machine == "x86_64" else 93, 0)  # this thread's end, not the process's
time.sleep(12)
