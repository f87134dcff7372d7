"""Leave a detached process behind that writes later."""

import os
import sys
import time

if os.fork():
    print("left")
    sys.exit()
os.setsid()
if os.fork():
    os._exit(0)
os.closerange(0, 10)
time.sleep(1)
with open(os.path.expanduser("~/i-was-here"), "w") as file:
    file.write("got")
