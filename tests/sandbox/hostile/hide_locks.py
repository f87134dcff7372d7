"""Keep locks with a file that is mapped and has no descriptor, where nobody counts them."""

import fcntl
import mmap
import os
import struct
import time

for number in range(3):
    with open(f"file{number}", "w+b") as file:
        file.write(bytes(4096))
        file.flush()
        held = mmap.mmap(file.fileno(), 4096)
        for place in range(2000):
            lock = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, 2 * place, 1, 0)
            try:
                fcntl.fcntl(file, 37, lock)
            except OSError as trouble:
                print("refused", trouble.errno)
                raise SystemExit from None
print("got")
time.sleep(5)
