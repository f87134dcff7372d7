"""Have the kernel remember more and more locks, in memory that no process is charged for."""

import fcntl
import time

files = []
for number in range(100):
    files.append(open(f"file{number}", "wb"))
    for place in range(2000):
        fcntl.lockf(files[-1], fcntl.LOCK_EX, 1, 2 * place)
print("got")
time.sleep(60)
