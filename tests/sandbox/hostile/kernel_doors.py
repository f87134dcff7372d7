"""Call parts of the kernel that escapes begin with."""

import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
intel = os.uname().machine == "x86_64"
numbers = {
    "bpf": (321, 280), "userfaultfd": (323, 282), "perf_event_open": (298, 241), "keyctl": (250, 219),
    "add_key": (248, 217), "io_uring_setup": (425, 425), "kexec_load": (246, 104), "init_module": (175, 105),
    "fsopen": (430, 430), "open_by_handle_at": (304, 265), "setns": (308, 268), "swapon": (167, 224),
    "memfd_secret": (447, 447), "quotactl": (179, 60), "reboot": (169, 142), "fanotify_init": (300, 262),
}  # fmt: skip
for name, both in numbers.items():
    result = libc.syscall(both[0 if intel else 1], 0, 0, 0, 0, 0, 0)
    print(f"got {name}" if result >= 0 else errno.errorcode[ctypes.get_errno()])
