"""Make namespaces by the calls' numbers, the odd ones too."""

import ctypes
import errno
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)
intel = os.uname().machine == "x86_64"
clone, unshare, clone3 = (56, 272, 435) if intel else (220, 97, 435)
arguments = ctypes.create_string_buffer(struct.pack("<11Q", 0x10000000, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0))
calls = [(clone, 0x10000000 | 17, 0, 0, 0, 0), (clone, 0x20000 | 17, 0, 0, 0, 0), (unshare, 0x10000000)]
calls += [(clone3, arguments, 88)]
calls += (
    [(unshare | 0x40000000, 0x10000000), (clone | 0x40000000, 0x10000000 | 17, 0, 0, 0, 0)] if intel else []
)
for number, *words in calls:
    result = libc.syscall(ctypes.c_long(number), *(w if w is arguments else ctypes.c_long(w) for w in words))
    if result == 0 and number & 0xFFFF != unshare:
        os._exit(0)  # a child of clone
    print("got" if result >= 0 else errno.errorcode[ctypes.get_errno()])
