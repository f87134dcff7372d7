"""Start processes until something stops it."""

import os
import time

started = 0
try:
    while started < 3000:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        started += 1
    print("got")
except OSError as trouble:
    print(trouble, "after", started)
