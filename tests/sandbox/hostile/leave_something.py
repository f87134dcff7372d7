"""Leave files wherever they can be left."""

import os

left = []
for folder in ("/tmp", "/dev/shm", "/var/tmp", "/run", "/home", os.path.expanduser("~"), "/material", "/dev"):
    try:
        with open(f"{folder}/left-behind", "w") as file:
            file.write("left by another")
        left.append(folder)
    except OSError:
        pass
print(left)
