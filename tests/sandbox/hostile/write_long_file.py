"""Write a file that does not end into the home."""

import os
import signal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
written = 0
try:
    with open(os.path.expanduser("~/long"), "wb") as file:
        while written < 200 << 20:
            written += file.write(b"x" * (1 << 20))
    print("got")
except OSError as trouble:
    print(trouble, "after", written >> 20)
finally:
    os.unlink(os.path.expanduser("~/long"))
