"""Walk everything that can be seen, links followed, for a word that only others hold."""

import os
import stat

# The test puts the word, in two halves, where no other file can hold it whole.
word = (os.environ["HALF"] + os.environ["OTHER_HALF"]).encode()
seen = 0
for folder, names, files in os.walk("/", followlinks=False):
    skipped = {"usr", "proc", "sys"} if folder == "/" else {"site-packages", "node_modules"}
    names[:] = [name for name in names if name not in skipped]
    for name in files:
        path = os.path.join(folder, name)
        try:
            if stat.S_ISREG(os.stat(path).st_mode) and os.path.getsize(path) < 1 << 20:
                seen += 1
                with open(path, "rb") as file:
                    if word in file.read():
                        print("got", path)
        except OSError:
            pass
print("looked", seen > 0)
