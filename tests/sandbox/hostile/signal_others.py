"""See and end processes of the machine."""

import os
import signal

print("sees", sorted(filter(str.isdigit, os.listdir("/proc")), key=int))
for number in (int(os.environ["VICTIM"]), -1, os.getppid()):
    try:
        os.kill(number, 0 if number == -1 else signal.SIGKILL)
        print("sent to", number)
    except OSError as trouble:
        print(trouble)
print("alive", os.getppid())
