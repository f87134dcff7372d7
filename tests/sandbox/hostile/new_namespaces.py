"""Make namespaces, where one would be root again."""

import ctypes
import errno
import subprocess

libc = ctypes.CDLL(None, use_errno=True)
for flag in (0x10000000, 0x20000, 0x40000000, 0x20000000, 0x8000000, 0x4000000, 0x2000000, 0x80, 0x10020000):
    print("got" if libc.unshare(flag) == 0 else errno.errorcode[ctypes.get_errno()])
for words in (["unshare", "-Ur", "true"], ["bwrap", "--unshare-user", "--ro-bind", "/", "/", "true"]):
    done = subprocess.run(words, capture_output=True, text=True)
    print("got" if done.returncode == 0 else done.stderr.strip())
