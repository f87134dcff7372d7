"""Look for what an earlier command left."""

import os

for folder in ("/tmp", "/dev/shm", "/var/tmp", "/run", "/home", os.path.expanduser("~"), "/material", "/dev"):
    if os.path.exists(f"{folder}/left-behind"):
        print("got", folder)
print("looked")
