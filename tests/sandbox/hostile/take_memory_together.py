"""Take too much memory in many processes, each within its own limit."""

import os
import time

for _ in range(8):
    if os.fork() == 0:
        taken = b"x" * (100 << 20)
        time.sleep(60)
time.sleep(60)
print("got")
