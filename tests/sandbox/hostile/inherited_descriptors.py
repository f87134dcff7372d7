"""Use, or close, descriptors that were left open."""

import os

for number in range(3, 256):
    try:
        os.fstat(number)
        found = os.readlink(f"/proc/self/fd/{number}")
        print("own" if found == __file__ else "got", number, found)
    except OSError:
        pass
print("looked", flush=True)
os.closerange(0, 256)
