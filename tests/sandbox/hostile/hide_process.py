"""Take watches in a program that nobody may read, so that nobody may look into its process."""

import os
import shutil
import sys
import time

FLOOD = """
import os, select, time
source, _ = os.pipe()
held = [os.dup(source) for _ in range(900)]
all = [select.epoll() for _ in range(20)]
for instance in all:
    for one in held:
        instance.register(one)
time.sleep(30)
"""
shutil.copyfile(os.path.realpath(sys.executable), "hidden")
os.chmod("hidden", 0o111)
os.spawnle(os.P_NOWAIT, "hidden", "hidden", "-c", FLOOD, {"PYTHONHOME": sys.base_prefix})
time.sleep(30)
print("got")
