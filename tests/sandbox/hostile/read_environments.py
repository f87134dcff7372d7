"""Read the environment of every process in sight."""

import os

word = (os.environ["HALF"] + os.environ["OTHER_HALF"]).encode()
for number in filter(str.isdigit, os.listdir("/proc")):
    try:
        found = open(f"/proc/{number}/environ", "rb").read()
        print(number, "got" if word in found else "nothing there")
    except OSError as trouble:
        print(trouble)
print("in my own: got" if word in repr(dict(os.environ)).encode() else "clean")
